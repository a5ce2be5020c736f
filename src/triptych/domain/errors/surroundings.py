"""What is not as it must be around the application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from triptych.domain.errors.families import Misconfigured
from triptych.domain.problem import Problem


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
            "See with `db plan` what brings it in step, and do that with `db apply`."
        )


class MigrationRefused(Misconfigured):
    """A migration is not begun: rows are in the way, or something would be lost.

    Example:
        ```python
        from triptych.domain.errors import MigrationRefused

        refused = MigrationRefused(["tasks: drop title, 12 rows"], "say so if that is meant")
        assert "drop title" in str(refused)
        ```
    """

    code = "migration-refused"

    def __init__(self, reasons: Sequence[str], mend: str) -> None:
        self.reasons, self.mend = tuple(reasons), mend
        super().__init__(self.reasons, mend)

    def __str__(self) -> str:
        listed = "\n".join(f"  {each}" for each in self.reasons)
        return f"nothing was changed\n{listed}\n{self.mend}"


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


class ProviderUnavailable(Misconfigured):
    """A provider of identities cannot be asked, or does not answer as it should.

    Example:
        ```python
        from triptych.domain.errors import ProviderUnavailable

        error = ProviderUnavailable("https://id.example", "status 500")
        assert str(error) == "https://id.example: status 500; try again"
        ```
    """

    code = "provider-unavailable"

    def __init__(self, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(address, reason)

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}; try again"


class BrokerUnavailable(Misconfigured):
    """A broker cannot be reached, or does not take what it is given.

    Example:
        ```python
        from triptych.domain.errors import BrokerUnavailable

        error = BrokerUnavailable("the broker", "it is closed", "open it first")
        assert str(error) == "the broker: it is closed; open it first"
        ```
    """

    code = "broker-unavailable"

    def __init__(self, broker: str, reason: str, mend: str = "") -> None:
        self.broker, self.reason, self.mend = broker, reason, mend
        super().__init__(broker, reason, mend)

    def __str__(self) -> str:
        said = f"{self.broker}: {self.reason}"
        return f"{said}; {self.mend}" if self.mend else said
