"""Everything Triptych raises on purpose.

TriptychError
├── Invalid            cannot be, whatever the state
│   ├── InvalidInput       values that do not fit their types
│   ├── UnknownName        a name that the ontology does not have
│   ├── InvalidCursor      a page cursor that is forged, or of another list
│   └── InvalidOntology    mistakes in a domain package
├── MissingOrConflict  cannot be, as things stand
│   ├── ObjectMissing      no object of that id
│   ├── ObjectExists       one of that id, or of that unique set, is there already
│   ├── ObjectStale        somebody changed it meanwhile
│   ├── LinkDangling       it points to an object that is not there
│   └── ObjectLinked       other objects still point to it
└── Misconfigured      the surroundings are not as they must be
    ├── InvalidSettings    a setting is unknown or malformed
    ├── MissingExtra       an optional part is not installed
    ├── SchemaMismatch     the database is not as the code says
    └── DatabaseUnavailable  it cannot be reached, read or written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import ClassVar

from triptych.domain.diagnostics.diagnostic import Diagnostic, Severity
from triptych.domain.problem import Problem as Problem


class TriptychError(Exception):
    """The root of the tree.

    Attributes:
        code: A stable word for programs to tell errors apart.

    Example:
        ```python
        from triptych import TriptychError
        from triptych.domain.errors import ObjectMissing

        assert issubclass(ObjectMissing, TriptychError) and ObjectMissing.code == "missing"
        ```
    """

    code: ClassVar[str] = "error"


class Invalid(TriptychError):
    """What was asked cannot be, whatever the state.

    Example:
        ```python
        from triptych.domain.errors import Invalid, InvalidCursor

        assert issubclass(InvalidCursor, Invalid)
        ```
    """

    code = "invalid"


class MissingOrConflict(TriptychError):
    """What was asked cannot be, as things stand.

    Example:
        ```python
        from triptych.domain.errors import MissingOrConflict, ObjectStale

        assert issubclass(ObjectStale, MissingOrConflict)
        ```
    """

    code = "conflict"


class Misconfigured(TriptychError):
    """The surroundings are not as they must be."""

    code = "misconfigured"


class InvalidInput(Invalid):
    """Values do not fit their types; all problems are told at once.

    Example:
        ```python
        from triptych.domain.errors import InvalidInput, Problem

        error = InvalidInput([Problem("take", "-1 is not a number of objects")])
        assert str(error) == "take: -1 is not a number of objects"
        ```
    """

    code = "invalid-input"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class UnknownName(Invalid):
    """A name that the ontology does not have.

    Example:
        ```python
        from triptych.domain.errors import UnknownName

        error = UnknownName("object type", "Fligt", ["Flight", "Airport"])
        assert str(error) == "there is no object type 'Fligt'; did you mean 'Flight'?"
        ```
    """

    code = "unknown-name"

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        super().__init__(kind, name, self.known)

    def __str__(self) -> str:
        return f"there is no {self.kind} {self.name!r}{self.mend}"

    @property
    def mend(self) -> str:
        """What to try: the nearest name, or all of them."""
        near = difflib.get_close_matches(self.name.lower(), [name.lower() for name in self.known])
        for name in self.known:
            if near and name.lower() == near[0]:
                return f"; did you mean {name!r}?"
        return f"; there are {', '.join(self.known)}" if self.known else "; there are none"


class InvalidCursor(Invalid):
    """A page cursor is forged, damaged, or belongs to another list.

    Example:
        ```python
        from triptych.domain.errors import InvalidCursor

        assert str(InvalidCursor("is damaged")) == "the cursor is damaged; start again without one"
        ```
    """

    code = "invalid-cursor"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

    def __str__(self) -> str:
        return f"the cursor {self.reason}; start again without one"


class InvalidOntology(Invalid):
    """A domain package has mistakes; all are told at once.

    Example:
        ```python
        from triptych.domain.errors import InvalidOntology

        assert "has 0 mistakes" in str(InvalidOntology("shop", []))
        ```
    """

    code = "invalid-ontology"

    def __init__(self, package: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.package, self.diagnostics = package, tuple(diagnostics)
        super().__init__(package, self.diagnostics)

    def __str__(self) -> str:
        errors = sum(each.severity is Severity.ERROR for each in self.diagnostics)
        listed = "\n".join(str(each) for each in self.diagnostics)
        return f"{self.package}.domain has {errors} mistake{'s' * (errors != 1)}\n{listed}"


class ObjectMissing(MissingOrConflict):
    """There is no object of that id.

    Example:
        ```python
        from triptych.domain.errors import ObjectMissing

        assert str(ObjectMissing("Airport", "XXX")) == "there is no Airport 'XXX'"
        ```
    """

    code = "missing"

    def __init__(self, type_name: str, key: object) -> None:
        self.type_name, self.key = type_name, key
        super().__init__(type_name, key)

    def __str__(self) -> str:
        return f"there is no {self.type_name} {_shown(self.key)}"


class ObjectExists(MissingOrConflict):
    """An object of that id, or of that unique set of values, is there already.

    Example:
        ```python
        from triptych.domain.errors import ObjectExists

        error = ObjectExists("City", "x", ["name"])
        assert str(error) == "another City has the same name as 'x'"
        ```
    """

    code = "exists"

    def __init__(self, type_name: str, key: object, unique: Sequence[str] = ()) -> None:
        self.type_name, self.key, self.unique = type_name, key, tuple(unique)
        super().__init__(type_name, key, self.unique)

    def __str__(self) -> str:
        if self.unique:
            same = " and ".join(self.unique)
            return f"another {self.type_name} has the same {same} as {_shown(self.key)}"
        return f"{self.type_name} {_shown(self.key)} is there already; save it to change it"


class ObjectStale(MissingOrConflict):
    """Somebody changed the object since it was read.

    Example:
        ```python
        from triptych.domain.errors import ObjectStale

        assert str(ObjectStale("City", 1, 3)).startswith("City 1 is no longer at version 3")
        ```
    """

    code = "stale"

    def __init__(self, type_name: str, key: object, version: int) -> None:
        self.type_name, self.key, self.version = type_name, key, version
        super().__init__(type_name, key, version)

    def __str__(self) -> str:
        return (
            f"{self.type_name} {_shown(self.key)} is no longer at version {self.version}; "
            "read it again and decide anew"
        )


class LinkDangling(MissingOrConflict):
    """An object points to one that is not there.

    Example:
        ```python
        from triptych.domain.errors import LinkDangling

        error = LinkDangling("Road", 1, [("City", "x")])
        assert "points to City 'x', which is not there" in str(error)
        ```
    """

    code = "dangling-link"

    def __init__(self, type_name: str, key: object, dangling: Sequence[tuple[str, object]]) -> None:
        self.type_name, self.key, self.dangling = type_name, key, tuple(dangling)
        super().__init__(type_name, key, self.dangling)

    def __str__(self) -> str:
        ends = " and ".join(f"{name} {_shown(key)}" for name, key in self.dangling)
        return (
            f"{self.type_name} {_shown(self.key)} points to {ends or 'an object'}, "
            "which is not there; add that first"
        )


class ObjectLinked(MissingOrConflict):
    """Other objects still point to the one that was to go.

    Example:
        ```python
        from triptych.domain.errors import ObjectLinked

        assert str(ObjectLinked("City", 1, ["roads"])) == "City 1 still has roads; remove those first"
        ```
    """

    code = "linked"

    def __init__(self, type_name: str, key: object, links: Sequence[str]) -> None:
        self.type_name, self.key, self.links = type_name, key, tuple(links)
        super().__init__(type_name, key, self.links)

    def __str__(self) -> str:
        ways = " and ".join(self.links) or "other objects"
        return f"{self.type_name} {_shown(self.key)} still has {ways}; remove those first"


class InvalidSettings(Misconfigured):
    """Settings are unknown or malformed; all problems are told at once.

    Example:
        ```python
        from triptych.domain.errors import InvalidSettings, Problem

        assert str(InvalidSettings([Problem("port", "is taken")])) == "port: is taken"
        ```
    """

    code = "invalid-settings"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class MissingExtra(Misconfigured):
    """An optional part of Triptych is not installed.

    Example:
        ```python
        from triptych.domain.errors import MissingExtra

        assert "triptych[http]" in str(MissingExtra("http", "to serve"))
        ```
    """

    code = "missing-extra"

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra, self.purpose = extra, purpose
        super().__init__(extra, purpose)

    def __str__(self) -> str:
        return f"{self.purpose}, install the extra: pip install 'triptych[{self.extra}]'"


class SchemaMismatch(Misconfigured):
    """The tables of a database are not as the code says.

    Example:
        ```python
        from triptych.domain.errors import SchemaMismatch

        assert "t: column c is missing" in str(SchemaMismatch("SQLite x", ["t: column c is missing"]))
        ```
    """

    code = "schema-mismatch"

    def __init__(self, database: str, differences: Sequence[str]) -> None:
        self.database, self.differences = database, tuple(differences)
        super().__init__(database, self.differences)

    def __str__(self) -> str:
        listed = "\n".join(f"  {each}" for each in self.differences)
        return (
            f"{self.database} does not match the code\n{listed}\n"
            "Use an empty database, or bring this one in line by hand."
        )


class DatabaseUnavailable(Misconfigured):
    """A database cannot be reached, read or written.

    Example:
        ```python
        from triptych.domain.errors import DatabaseUnavailable

        error = DatabaseUnavailable("SQLite x.db", "it is full", "make room")
        assert str(error) == "SQLite x.db: it is full; make room"
        ```
    """

    code = "database-unavailable"

    def __init__(self, database: str, reason: str, mend: str = "") -> None:
        self.database, self.reason, self.mend = database, reason, mend
        super().__init__(database, reason, mend)

    def __str__(self) -> str:
        said = f"{self.database}: {self.reason}"
        return f"{said}; {self.mend}" if self.mend else said


def _shown(key: object) -> str:
    """Shows an id as a person would write it: text quoted, the rest plain."""
    if isinstance(key, tuple):
        return ", ".join(_shown(part) for part in key)
    return repr(key) if isinstance(key, str) else str(key)
