"""What an application says about a source: which file, which objects, how."""

from __future__ import annotations

import importlib.util
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import BadZipFile, ZipFile

from triptych.domain.errors import Misconfigured

_MARK = "__triptych_source__"
_PACKAGE = "package:"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file of comma-separated values with a header.

    Attributes:
        path: Where it is, from the working directory on; `package:NAME/PATH` for a file that
            comes with an installed package.
        member: Its name in the archive, where `path` is a zip.
        missing: What stands for no value, besides nothing at all.

    Example:
        ```python
        from triptych import CsvFile

        assert CsvFile("data/cities.csv", missing=("NA",)).member is None
        ```
    """

    path: str
    member: str | None = None
    missing: tuple[str, ...] = ()

    @contextmanager
    def opened(self) -> Iterator[Path]:
        """Gives the path of the plain file, unpacked where need be, for as long as the block.

        Raises:
            Misconfigured: There is no such file, or it is not the archive it is said to be.
        """
        path = self.found()
        if self.member is None:
            yield path
            return
        with TemporaryDirectory(prefix="triptych-") as folder:
            try:
                with ZipFile(path) as archive:
                    archive.extract(self.member, folder)
            except (BadZipFile, KeyError, OSError) as error:
                raise Misconfigured(f"{path} holds no {self.member}: {error}") from error
            yield Path(folder, self.member)

    def found(self) -> Path:
        """Finds the file as it lies on the disk.

        Raises:
            Misconfigured: There is no such file, or no such package.
        """
        path = Path(self.path)
        if self.path.startswith(_PACKAGE):
            package, _, inside = self.path.removeprefix(_PACKAGE).partition("/")
            spec = importlib.util.find_spec(package)
            if spec is None or spec.origin is None:
                raise Misconfigured(
                    f"{self.path}: the package {package} is not installed; install it"
                )
            path = Path(spec.origin).parent / inside
        if not path.is_file():
            raise Misconfigured(f"there is no file {path}; check the path, from {Path.cwd()} on")
        return path


@dataclass(frozen=True, slots=True)
class Source:
    """A file, the object type its rows become, and the function that says how.

    Attributes:
        of: The class of the objects.
        file: Where the rows are.
        function: From a row to an object, or from a frame to a frame with a column a property.
        row: The dataclass of one row, or `None` where the function takes a frame.
        is_whole: Whether the frame is the whole file, not a block of it.
    """

    of: type
    file: CsvFile
    function: Callable[[Any], Any]
    row: type | None
    is_whole: bool = False

    @property
    def name(self) -> str:
        """The function's name, for people."""
        return self.function.__name__


def source[F: Callable[..., Any]](
    of: type, file: CsvFile, *, is_whole: bool = False
) -> Callable[[F], F]:
    """Declares that a function makes objects of the rows of a file.

    The function's one parameter says how. A dataclass: it is called for each row, read strictly
    into that dataclass, and returns the object, or `None` to leave the row out. Anything else:
    it is called with a `polars.LazyFrame` in which every cell is text, and returns one with a
    typed column for each property, parts of value objects by their dotted names; that is
    several times as fast. A frame is a block of the file, so that memory stays flat; where rows
    must be seen together, say `is_whole`. The function itself stays as it was.

    Args:
        of: The class of the objects.
        file: Where the rows are.
        is_whole: Give the frame of the whole file, which is held in memory.

    Example:
        ```python
        from dataclasses import dataclass

        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode
        from triptych import CsvFile, source

        @dataclass(frozen=True)
        class Row:
            carrier: str
            name: str

        @source(Carrier, CsvFile("airlines.csv"))
        def airlines(row: Row) -> Carrier:
            return Carrier(id=CarrierCode(row.carrier), name=row.name)

        assert airlines(Row("UA", "United")).name == "United"
        ```
    """

    def mark(function: F) -> F:
        setattr(function, _MARK, (of, file, is_whole))
        return function

    return mark


def declared_source(function: Any) -> Source | None:
    """Returns what was declared of a function, or `None` where nothing was.

    Example:
        ```python
        from triptych.adapters.sources.declaration import declared_source

        assert declared_source(print) is None
        ```
    """
    marked = getattr(function, _MARK, None)
    if marked is None:
        return None
    hints = typing.get_type_hints(function)
    taken = next((hint for name, hint in hints.items() if name != "return"), None)
    is_row = isinstance(taken, type) and hasattr(taken, "__dataclass_fields__")
    of, file, is_whole = marked
    return Source(of, file, function, taken if is_row else None, is_whole)
