"""Placing modules in layers: by what the project says, by path, by file name, by content."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from triptych.domain.review import Class, Evidence, Layer, Module, Placement, ReviewSettings
from triptych.services.review.lexicon import (
    FAIR,
    OUTSIDE,
    PORTS,
    TERMINAL,
    WEAK,
    WEB,
    WORDS,
)

_CLEAR, _LEAST = 0.6, 0.34
_TABLES = ("SQLModel", "Base", "declarative_base()")
_SCHEMAS = ("pydantic.BaseModel", "msgspec.Struct", "BaseModel")


def place(module: Module, settings: ReviewSettings) -> Placement:
    """Places a module in a layer, with all that was seen.

    Args:
        module: The module.
        settings: What the project says; where it speaks of a module, nothing else is asked.

    Example:
        ```python
        from triptych.domain.review import Layer, Module, ReviewSettings
        from triptych.services.review.placing import place

        module = Module(path="src/shop/domain/orders.py", name="shop.domain.orders")
        assert place(module, ReviewSettings()).layer is Layer.SEMANTIC
        ```
    """
    if module.is_test:
        return Placement(Layer.TESTS, 1.0, (Evidence(Layer.TESTS, 1.0, "is a test"),))
    for layer, patterns in settings.layers.items():
        for pattern in patterns:
            if matches(module, pattern):
                said = Evidence(layer, 1.0, f"the project says so: {pattern}")
                return Placement(layer, 1.0, (said, *_heaviest_first(_by_content(module))))
    return _weighed([*_by_path(module), *_by_content(module)])


def matches(module: Module, pattern: str) -> bool:
    """Tells whether a pattern means a module: of its name, with all below it, or of its path.

    Example:
        ```python
        from triptych.domain.review import Module
        from triptych.services.review.placing import matches

        module = Module(path="src/shop/domain/orders.py", name="shop.domain.orders")
        assert matches(module, "shop.domain") and matches(module, "src/shop/domain/*")
        ```
    """
    if "/" in pattern:
        return fnmatchcase(module.path, pattern)
    return fnmatchcase(module.name, pattern) or fnmatchcase(module.name, f"{pattern}.*")


def _by_path(module: Module) -> Iterator[Evidence]:
    """Yields what folders and the file's name say: the innermost folder that is sure, first."""
    folders, name = _place_of(module)
    spoken = [(each, *WORDS[each]) for each in folders if _may_tell(module, each)]
    sure = [each for each in spoken if each[2] >= FAIR]
    for word, layer, weight in (sure or spoken)[-1:]:
        yield Evidence(layer, weight, f"path {word}/")
    if _may_tell(module, name):
        layer, weight = WORDS[name]
        yield Evidence(layer, weight / 3 if spoken else weight, f"name {name}")


def _place_of(module: Module) -> tuple[list[str], str]:
    """Returns the folders that a module is in, and its name; a package is a folder itself."""
    *folders, name = module.name.split(".")[1:] or [module.name]
    return ([*folders, name], "") if module.path.endswith("/__init__.py") else (folders, name)


def _may_tell(module: Module, word: str) -> bool:
    """Tells whether a word says something: `events` of a domain need nothing from elsewhere."""
    if word not in WORDS:
        return False
    layer, weight = WORDS[word]
    if layer is not Layer.SEMANTIC or weight > WEAK:
        return True
    if module.path.endswith("/__init__.py"):
        return False
    beside = f"{module.name.rpartition('.')[0]}."
    return all(
        each.module.partition(".")[0] in sys.stdlib_module_names
        or f"{each.module}.".startswith(beside)
        for each in module.imports
    )


def _by_content(module: Module) -> Iterator[Evidence]:
    outside = defaultdict(list)
    for each in module.imports:
        if not each.is_typing:
            outside[each.module.partition(".")[0]].append(each)
    for packages, layer, weight in (
        (WEB, Layer.ENTRY, 0.5),
        (TERMINAL, Layer.ENTRY, 0.6),
        (OUTSIDE, Layer.KINETIC, 0.4),
    ):
        names = sorted(packages & set(outside))
        if names:
            count = sum(len(outside[name]) for name in names)
            yield Evidence(layer, weight, f"imports {', '.join(names)} ({count}x)")
    yield from _by_classes(module, has_outside=bool(OUTSIDE & set(outside)))
    routers = [c for c in module.calls if c.verb in ("APIRouter", "Blueprint", "include_router")]
    if routers:
        yield Evidence(Layer.ENTRY, 0.5, f"calls {routers[0].verb}, line {routers[0].line}")


def _by_classes(module: Module, *, has_outside: bool) -> Iterator[Evidence]:
    for layer, weight, what, is_one in (
        (Layer.KINETIC, 0.7, "tables", is_table),
        (Layer.ENTRY, 0.3, "schemas", is_schema),
        (Layer.SEMANTIC, 0.0 if has_outside else 0.3, "plain data", _is_plain),
    ):
        found = [each for each in module.classes if is_one(each)]
        if found and weight:
            yield Evidence(layer, weight, f"defines {what}: {_listed(found)}")
    if _is_given_ports(module):
        weight = 0.1 if has_outside else 0.35
        yield Evidence(Layer.DYNAMIC, weight, "is given repositories or the like")


def _is_given_ports(module: Module) -> bool:
    given = [each.annotation for function in module.functions for each in function.parameters]
    return any(each.endswith(PORTS) for each in given)


def is_table(of: Class) -> bool:
    """Tells whether a class is mapped to a table.

    Example:
        ```python
        from triptych.domain.review import Class
        from triptych.services.review.placing import is_table

        assert is_table(Class("Order", 1, fields=(("id", "sqlalchemy.orm.Mapped"),)))
        ```
    """
    has_mapped = any(annotation.rpartition(".")[2] == "Mapped" for _, annotation in of.fields)
    bases = [each.rpartition(".")[2] for each in of.bases]
    is_based = any(each in _TABLES for each in bases)
    return has_mapped or (is_based and "pydantic" not in " ".join(of.bases))


def is_schema(of: Class) -> bool:
    """Tells whether a class is what a way in takes or gives.

    Example:
        ```python
        from triptych.domain.review import Class
        from triptych.services.review.placing import is_schema

        assert is_schema(Class("OrderIn", 1, bases=("pydantic.BaseModel",)))
        ```
    """
    return any(each in _SCHEMAS for each in of.bases)


def _is_plain(of: Class) -> bool:
    return of.is_dataclass


def _listed(classes: list[Class]) -> str:
    names = [each.name for each in classes]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _heaviest_first(evidence: Iterable[Evidence]) -> list[Evidence]:
    return sorted(evidence, key=lambda each: -each.weight)


def _weighed(evidence: list[Evidence]) -> Placement:
    """Weighs what was seen: a folder that says it outright decides, else the clearly heaviest."""
    weights: dict[Layer, float] = defaultdict(float)
    for each in evidence:
        weights[each.layer] += each.weight
    ordered = tuple(_heaviest_first(evidence))
    if not weights:
        return Placement(Layer.UNKNOWN, 0.0)
    layer, weight = max(weights.items(), key=lambda each: each[1])
    folders = [e for e in evidence if e.reason.startswith("path ") and e.weight >= FAIR]
    if folders:
        # What speaks against it is a finding, and no reason to look away.
        share = round(weights[folders[0].layer] / sum(weights.values()), 2)
        return Placement(folders[0].layer, share, ordered)
    confidence = round(min(1.0, weight / sum(weights.values())), 2)
    if weight < _LEAST or confidence < _CLEAR:
        return Placement(Layer.UNKNOWN, confidence, ordered)
    return Placement(layer, confidence, ordered)
