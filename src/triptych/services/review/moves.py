"""What of a module belongs in another layer, and where that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from triptych.domain.review import PANELS, Class, Function, Layer, Module, Placement
from triptych.services.review.lexicon import OUTSIDE, TERMINAL, WEB
from triptych.services.review.placing import is_table

_WAYS_IN = WEB | TERMINAL
_MIGRATIONS = {"alembic", "migrations", "versions"}


@dataclass(frozen=True, slots=True)
class Move:
    """A definition that belongs elsewhere.

    Attributes:
        name: What it is called in its module.
        layer: The layer that it belongs in.
        to: The nearest package of that layer; empty where the project has none yet.
        reason: What it does that is of that layer.
    """

    name: str
    layer: Layer
    to: str
    reason: str


def find_moves(module: Module, places: Mapping[str, Placement]) -> list[Move]:
    """Finds what of a module should move where; each definition once, in the order of lines.

    Args:
        module: The module; ways in and plumbing may do all of this, and are told nothing.
        places: Where the modules of its project were placed, by their names.

    Example:
        ```python
        from triptych.domain.review import Call, Function, Module
        from triptych.services.review import Reviewed
        from triptych.services.review.moves import find_moves
        from triptych.services.review.reviewing import find_out

        store = Module(path="shop/adapters/store.py", name="shop.adapters.store")
        bills = Module(
            path="shop/services/bills.py",
            name="shop.services.bills",
            functions=(Function("unpaid", 4, 9),),
            calls=(Call("sqlalchemy.select", 5, within="unpaid"),),
        )
        (move,) = find_moves(bills, find_out(Reviewed([store, bills])).places)
        assert (move.name, move.to) == ("unpaid", "shop.adapters")
        ```
    """
    own = places[module.name].layer
    if own not in PANELS:
        return []
    found: dict[str, Move] = {}
    for name, layer, reason in (*_ways_in(module), *_outward(module)):
        if layer is not own and name not in found:
            found[name] = Move(name, layer, _home(module, layer, places), reason)
    defined: list[Class | Function] = [*module.classes, *module.functions]
    names = dict.fromkeys(each.name for each in sorted(defined, key=_line))
    return [found[each] for each in names if each in found]


def _line(of: Class | Function) -> int:
    return of.line


def _ways_in(module: Module) -> Iterator[tuple[str, Layer, str]]:
    """Yields what is called from outside: routes, and commands of a terminal."""
    for each in module.functions:
        for name in each.decorators:
            if _top(name) in _WAYS_IN:
                yield each.name, Layer.ENTRY, f"{name} makes it a way in"


def _outward(module: Module) -> Iterator[tuple[str, Layer, str]]:
    """Yields what meets databases and other systems."""
    tables = {each.name for each in module.classes if is_table(each)}
    for name in sorted(tables):
        yield name, Layer.KINETIC, "it is a table"
    for call in module.calls:
        name = call.within.partition(".<")[0]
        if name and _top(call.name) in OUTSIDE and name.partition(".")[0] not in tables:
            yield name, Layer.KINETIC, f"it calls {call.name.partition('()')[0]}, line {call.line}"


def _top(name: str) -> str:
    return name.partition(".")[0]


def _home(module: Module, layer: Layer, places: Mapping[str, Placement]) -> str:
    """Finds the package of a layer that is nearest to a module; the fullest of those."""
    known = Counter(_package(name) for name, place in places.items() if place.layer is layer)
    near = {each: _shared(each, module.name) for each in known if _may_grow(each)}
    found = max(near, key=lambda each: (near[each], known[each]), default="")
    return found if near.get(found) else ""


def _package(name: str) -> str:
    """Names the package of a module; a module beside the layers is a layer itself."""
    package = name.rpartition(".")[0]
    return package if "." in package else name


def _may_grow(package: str) -> bool:
    return not _MIGRATIONS & set(package.split("."))


def _shared(name: str, other: str) -> int:
    """Counts the packages that two modules are both in."""
    pairs = zip(name.split("."), other.split("."), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
