"""Files of others: comma-separated values, JSON, JSON lines, Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import msgspec
import polars as pl

from triptych.adapters.drafts.tables import Table, free_file
from triptych.domain.errors import InvalidInput, Misconfigured, Problem

SUFFIXES = (".csv", ".csv.zip", ".json", ".jsonl", ".ndjson", ".parquet")
_TYPES = (
    (pl.Boolean, "bool"),
    (pl.Decimal, "Decimal"),
    (pl.Date, "date"),
    (pl.Datetime, "datetime"),
    (pl.Time, "time"),
    (pl.Duration, "timedelta"),
    (pl.Binary, "bytes"),
)
_NESTED = (pl.List, pl.Array, pl.Struct, pl.Object)


def data_files(path: Path) -> list[Path]:
    """Lists the files of data in a folder, or the one that is meant."""
    if path.is_dir():
        return sorted(each for each in path.iterdir() if each.name.lower().endswith(SUFFIXES))
    return [path]


def read_files(paths: Sequence[Path], data: Path) -> tuple[list[Table], list[Problem]]:
    """Reads files as tables of text, and writes each where the project keeps its data.

    Args:
        paths: The files.
        data: The folder, which is there, that gets a file of comma-separated values for each.

    Returns:
        The tables, and what could not be taken.

    Raises:
        InvalidInput: A file is none of its kind.
        Misconfigured: It cannot be read or written.
    """
    tables: list[Table] = []
    doubts: list[Problem] = []
    for path in paths:
        try:
            for name, frame in _frames(path):
                flat, lost = _flat(name, frame)
                doubts += lost
                types = {} if _is_csv(path) else _types(flat)
                tables.append(_kept(name, flat.select(map(_text, flat)), data, types))
        except (pl.exceptions.PolarsError, msgspec.DecodeError, BadZipFile, ValueError) as error:
            found = str(error).partition("\n")[0]
            raise InvalidInput([Problem(str(path), found, "look into the file")]) from error
        except OSError as error:
            raise Misconfigured(f"{path} cannot be read: {error}") from error
    return tables, doubts


def _frames(path: Path) -> Iterator[tuple[str, pl.DataFrame]]:
    name = path.name.partition(".")[0]
    match path.name.lower().rpartition(".")[2]:
        case "parquet":
            yield name, pl.read_parquet(path)
        case "jsonl" | "ndjson":
            yield name, pl.read_ndjson(path, infer_schema_length=None)
        case "json":
            yield from _documents(name, msgspec.json.decode(path.read_bytes()))
        case "zip":
            with ZipFile(path) as archive:
                for member in archive.namelist():
                    if member.endswith(".csv"):
                        yield Path(member).stem, _csv(archive.read(member))
        case _:
            yield name, _csv(path)


def _csv(content: Path | bytes) -> pl.DataFrame:
    return pl.read_csv(content, infer_schema=False)


def _documents(name: str, found: object) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yields the lists of objects of a document: the whole, or those that it names."""
    if isinstance(found, list):
        yield name, pl.from_dicts(found, infer_schema_length=None)
        return
    lists = found if isinstance(found, Mapping) else {}
    named = {key: each for key, each in lists.items() if isinstance(each, list) and each}
    if not named:
        raise ValueError("holds no list of objects")
    for key, each in named.items():
        yield key, pl.from_dicts(each, infer_schema_length=None)


def _flat(name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Problem]]:
    """Makes columns of the objects in cells; lists are left out."""
    while structs := [each for each, of in frame.schema.items() if isinstance(of, pl.Struct)]:
        frame = frame.with_columns(
            pl.col(each).name.prefix_fields(f"{each}_") for each in structs
        ).unnest(*structs)
    lost = [each for each, of in frame.schema.items() if isinstance(of, _NESTED)]
    mend = "add what it holds by hand"
    doubts = [Problem(f"{name}.{each}", "holds lists, and is left out", mend) for each in lost]
    return frame.drop(lost), doubts


def _is_csv(path: Path) -> bool:
    return path.name.lower().endswith((".csv", ".zip"))


def _types(frame: pl.DataFrame) -> dict[str, str]:
    """Names the types of columns as Python does; text is looked into."""
    return {name: _type(of) for name, of in frame.schema.items()}


def _type(of: pl.DataType) -> str:
    if of.is_integer():
        return "int"
    return next(
        (name for known, name in _TYPES if of == known), "float" if of.is_numeric() else "text"
    )


def _text(series: pl.Series) -> pl.Series:
    match series.dtype:
        case pl.Binary:
            return series.bin.encode("hex")
        case pl.Duration:
            return series.dt.total_microseconds().cast(pl.String)
        case pl.Datetime() as moment:
            zone = "%:z" if moment.time_zone else ""
            return series.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.6f{zone}")
    return series.cast(pl.String)


def _kept(name: str, frame: pl.DataFrame, data: Path, types: Mapping[str, str]) -> Table:
    file = free_file(data, name)
    frame.write_csv(file, quote_style="non_numeric")
    return Table(file.stem, frame, f"data/{file.name}", types)
