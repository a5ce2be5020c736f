"""Why a module is where it is, and what the settings of a review would say of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from triptych.domain.review import Finding, Found, Import, Layer, Module, Placement
from triptych.services.review.moves import Move, find_moves
from triptych.services.review.reviewed import Reviewed, inner

_TOLD = (Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC, Layer.PLUMBING, Layer.ENTRY, Layer.ROOT)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a module is where it is, and what is found in it.

    Attributes:
        path: The module.
        placement: Where it was placed, and why.
        imports: What it imports of its own project, and the layer of that.
        moves: What of it belongs in another layer.
        findings: What breaks a rule there; what a comment takes out is told, too.
    """

    path: str
    placement: Placement
    imports: Sequence[tuple[Import, Layer]]
    moves: Sequence[Move]
    findings: Sequence[Finding]


def explain_module(module: Module, found: Found) -> Explanation:
    """Says why a module is where it is, and what is found in it.

    Args:
        module: The module.
        found: What was found in all of its project.

    Example:
        ```python
        from triptych.domain.review import Import, Layer, Module
        from triptych.services.review import Reviewed
        from triptych.services.review.explaining import explain_module
        from triptych.services.review.reviewing import find_out

        orders = Module(path="shop/domain/orders.py", name="shop.domain.orders")
        bills = Module(
            path="shop/services/bills.py",
            name="shop.services.bills",
            imports=(Import("shop.domain.orders", "Order", 1),),
        )
        explained = explain_module(bills, find_out(Reviewed([orders, bills])))
        assert explained.placement.layer is Layer.DYNAMIC
        assert [layer for _, layer in explained.imports] == [Layer.SEMANTIC]
        ```
    """
    places = found.places
    inside = ((each, inner(each.target, places)) for each in module.imports)
    return Explanation(
        module.path,
        found.placements[module.path],
        [(each, places[name].layer) for each, name in inside if name not in ("", module.name)],
        find_moves(module, places),
        [each for each in found.findings if each.path == module.path],
    )


def write_settings(project: Reviewed) -> str:
    """Writes down as settings what could be told of a project's layers.

    Example:
        ```python
        from triptych.domain.review import Module
        from triptych.services.review import Reviewed
        from triptych.services.review.explaining import write_settings

        module = Module(path="shop/domain/orders.py", name="shop.domain.orders", lines=9)
        assert 'semantic = ["shop"]' in write_settings(Reviewed([module]))
        ```
    """
    lines = ["[tool.triptych.review]", 'fail-on = "error"', "", "[tool.triptych.review.layers]"]
    total = sum(each.lines for each in project.code()) or 1
    for layer in _TOLD:
        names = list(_patterns(project, layer))
        if names:
            share = sum(each.lines for each in project.code(layer)) * 100 // total
            written = ", ".join(f'"{name}"' for name in names)
            lines.append(f"{layer} = [{written}]  # {share} % of the lines")
    left = [each.name for each in project.code(Layer.UNKNOWN)]
    if left:
        lines.append(f"# {len(left)} modules could not be placed: {', '.join(left[:5])}")
    return "\n".join(lines) + "\n"


def _patterns(project: Reviewed, layer: Layer) -> Iterator[str]:
    """Yields the fewest names that mean all modules of a layer, and none of another."""
    layers: dict[str, set[Layer]] = defaultdict(set)
    for module in project.code():
        parts = module.name.split(".")
        for count in range(1, len(parts) + 1):
            layers[".".join(parts[:count])].add(project.layer(module))
    done: list[str] = []
    for name, found in sorted(layers.items(), key=lambda each: (each[0].count("."), each[0])):
        is_within = any(f"{name}.".startswith(f"{each}.") for each in done)
        if found == {layer} and not is_within:
            done.append(name)
            yield name
