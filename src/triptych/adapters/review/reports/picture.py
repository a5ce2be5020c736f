"""The picture of the layers, with the imports that may not be."""

from __future__ import annotations

from html import escape

from triptych.domain.review import Layer, Report, Rule, counted

_PLACES = {
    Layer.ROOT: (20, 20),
    Layer.ENTRY: (260, 20),
    Layer.DYNAMIC: (260, 130),
    Layer.KINETIC: (260, 240),
    Layer.PLUMBING: (500, 240),
    Layer.SEMANTIC: (260, 350),
    Layer.UNKNOWN: (20, 240),
}
_WIDE, _HIGH = 180, 60
_WHOLE = (700, 430)


def mermaid(report: Report, rules: dict[str, Rule]) -> str:
    """Writes a diagram that Markdown pages draw: dotted are the imports that may not be."""
    lines = ["flowchart TD"]
    for each in report.layers:
        if each.layer in _PLACES:
            score = report.score.layers.get(each.layer)
            told = f"<br/>{score} of 100" if score is not None else ""
            lines.append(
                f'    {each.layer}["{each.layer}<br/>{counted(each.modules, 'module')}{told}"]'
            )
    for (importer, imported), (count, bad) in report.arrows.items():
        if count - bad:
            lines.append(f"    {importer} -->|{count - bad}| {imported}")
        if bad:
            lines.append(f"    {importer} -.->|{bad} may not| {imported}")
    return "\n".join(lines) + "\n"


def svg(report: Report, rules: dict[str, Rule]) -> str:
    """Draws the layers, with the imports that lead down in grey, and those that may not be in red."""
    there = {each.layer: each for each in report.layers if each.layer in _PLACES}
    arrows = [
        _arrow(pair, count, bad)
        for pair, (count, bad) in report.arrows.items()
        if pair[0] in there and pair[1] in there
    ]
    boxes = [
        _box(layer, each.modules, report.score.layers.get(layer)) for layer, each in there.items()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WHOLE[0]} {_WHOLE[1]}" role="img" '
        'aria-label="The layers and the imports between them" font-family="system-ui, sans-serif">'
        f"{_MARKERS}{''.join(arrows)}{''.join(boxes)}</svg>\n"
    )


_MARKERS = (
    '<defs><marker id="fine" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path d="M0 0 8 4 0 8z" fill="#8a94a6"/></marker><marker id="bad" '
    'viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#c0392b"/></marker></defs>'
)


def _box(layer: Layer, modules: int, score: int | None) -> str:
    x, y = _PLACES[layer]
    told = counted(modules, "module") + (f", {score} of 100" if score is not None else "")
    return (
        f'<g><rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="8" fill="#f4f6fb" '
        f'stroke="{_colour(score)}" stroke-width="2"/>'
        f'<text x="{x + _WIDE / 2}" y="{y + 26}" text-anchor="middle" font-size="15" '
        f'font-weight="600" fill="#1f2a44">{escape(layer)}</text>'
        f'<text x="{x + _WIDE / 2}" y="{y + 46}" text-anchor="middle" font-size="12" '
        f'fill="#5a6478">{escape(told)}</text></g>'
    )


def _colour(score: int | None) -> str:
    if score is None:
        return "#8a94a6"
    return "#2e8b57" if score >= 90 else "#d68910" if score >= 70 else "#c0392b"


def _arrow(pair: tuple[Layer, Layer], count: int, bad: int) -> str:
    (x1, y1), (x2, y2) = (_edge(pair[0], pair[1]), _edge(pair[1], pair[0]))
    is_bad = bad > 0
    bend = 26 if is_bad else 0
    middle = ((x1 + x2) / 2 + bend, (y1 + y2) / 2)
    colour, marker = ("#c0392b", "bad") if is_bad else ("#8a94a6", "fine")
    told = f"{bad} of {count} may not" if is_bad else str(count)
    return (
        f'<path d="M{x1} {y1} Q{middle[0] + bend} {middle[1]} {x2} {y2}" fill="none" '
        f'stroke="{colour}" stroke-width="1.5" marker-end="url(#{marker})"/>'
        f'<text x="{middle[0] + 6}" y="{middle[1] + 4}" font-size="11" fill="{colour}">{told}</text>'
    )


def _edge(of: Layer, towards: Layer) -> tuple[float, float]:
    """Finds the point of a box from which a line to another one leaves."""
    (x, y), (tx, ty) = _PLACES[of], _PLACES[towards]
    middle = x + _WIDE / 2, y + _HIGH / 2
    if ty > y:
        return middle[0], y + _HIGH
    if ty < y:
        return middle[0], y
    return (x + _WIDE if tx > x else x), middle[1]
