"""The readers of a draft's files: how rows become objects, column by column."""

from __future__ import annotations

from collections.abc import Mapping

from triptych.adapters.projects.splicing import with_import
from triptych.adapters.projects.writing import call, literal
from triptych.domain.drafts import DraftClass, DraftField, Part, Role, field_name
from triptych.domain.ontology import collection_name
from triptych.services.drafts.modules import head

_BETWEEN = "~"
_CELLS: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "int": ("{cell}.cast(", ("pl.Int64",), ")"),
    "float": ("{cell}.cast(", ("pl.Float64",), ")"),
    "bool": ("{cell}.str.to_lowercase().eq(", ('"true"',), ")"),
    "date": ("{cell}.str.to_date(", (), ")"),
    "time": ("{cell}.str.to_time(", (), ")"),
    "datetime": ("{cell}.str.to_datetime(", ('time_unit="us"', 'time_zone="UTC"'), ")"),
    "timedelta": ("pl.duration(", ("microseconds={cell}.cast(pl.Int64)",), ")"),
    "bytes": ("{cell}.str.decode(", ('"hex"',), ")"),
}


def reader_module(of: DraftClass, package: str) -> str:
    """Writes the reader of a file.

    Args:
        of: The class of the objects.
        package: The package that it is in.

    Returns:
        The text of a module of its own.
    """
    place = "entities" if of.role is Role.ENTITY else "relationships"
    plural = field_name(collection_name(of.name))
    text = with_import(head(f"Where {plural.replace('_', ' ')} come from."), "polars as pl")
    text = with_import(text, "triptych", ["CsvFile", "source"], package)
    text = with_import(text, f"{package}.domain.{place}", [of.name], package)
    given = [literal(of.shape.data)]
    if of.shape.missing:
        names = ", ".join(literal(each) for each in of.shape.missing)
        given.append(f"missing=({names}{',' if len(of.shape.missing) == 1 else ''})")
    is_numbered = of.role is Role.ENTITY and not of.shape.key
    tail = "), is_whole=True)" if is_numbered else "))"
    lines = [
        *call(f"@source({of.name}, CsvFile(", given, tail, indent=0),
        f"def {plural}(rows: pl.LazyFrame) -> pl.LazyFrame:",
        f'    """Reads {plural.replace("_", " ")}."""',
        "    return rows.select(",
        *(f"        {line}" for each in of.fields for line in _cell(each, of)),
        "    )",
    ]
    return f"{text.rstrip()}\n\n\n" + "\n".join(lines) + "\n"


def _cell(field: DraftField, of: DraftClass) -> list[str]:
    """Writes what a property is made of, as it is given to `select`."""
    if field.part:
        part = of.shape.part(field.part)
        head, arguments, tail = _typed(part)
        cell = f"pl.col({literal(part.name)})"
        head, arguments = head.format(cell=cell), tuple(e.format(cell=cell) for e in arguments)
    elif of.shape.key:
        cells = [literal(each) for each in of.shape.key]
        head, arguments, tail = "pl.concat_str(", (*cells, f'separator="{_BETWEEN}"'), ")"
    else:
        head, arguments, tail = "pl.int_range(", ("1", "pl.len() + 1"), ")"
    if not arguments:
        return [f"{field.name}={head}{tail},"]
    return call(f"{field.name}={head}", arguments, f"{tail},", indent=8)


def _typed(part: Part) -> tuple[str, tuple[str, ...], str]:
    plain = literal(part.name).replace("{", "{{").replace("}", "}}")
    return (plain, (), "") if part.members else _CELLS.get(part.type, (plain, (), ""))
