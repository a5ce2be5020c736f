"""Finding stores and tables, and asking a browser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import MakeDomain
from triptych.domain.errors import InvalidSettings, MissingExtra
from triptych.services.sources import find_sources
from triptych.services.stores import find_tables, open_store

CITY = (
    '"""Cities."""\nfrom __future__ import annotations\nfrom dataclasses import dataclass\n'
    'from typing import NewType\nCityId = NewType("CityId", str)\n\n\n'
    '@dataclass(frozen=True)\nclass City:\n    """A city."""\n    id: CityId\n'
)


class TestOpenStore:
    def test_a_path_is_sqlite(self) -> None:
        assert open_store("flights", "sqlite:///a.db").database.name == "SQLite a.db"

    def test_an_address_is_postgresql(self) -> None:
        store = open_store("flights", "postgresql://me:secret@host/name")
        assert store.database.name == "PostgreSQL postgresql://host/name"

    def test_another_kind_of_database_is_refused(self) -> None:
        with pytest.raises(InvalidSettings, match="'oracle' is no kind of database"):
            open_store("flights", "oracle://x")

    def test_a_driver_that_is_not_installed_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "asyncpg", None)
        monkeypatch.delitem(sys.modules, "triptych.adapters.database.postgres", raising=False)
        with pytest.raises(MissingExtra, match=r"triptych\[postgres\]"):
            open_store("flights", "postgresql://host/name")


class TestFindTables:
    def test_what_an_application_says_is_found(self) -> None:
        found = [each.of.__name__ for each in find_tables("flights")]
        assert sorted(found) == [
            "Airport",
            "Carrier",
            "CrewMember",
            "Flight",
            "Plane",
            "WeatherReport",
        ]

    def test_an_application_may_say_nothing(self, make_domain: MakeDomain) -> None:
        assert find_tables(make_domain({"entities.py": CITY})) == ()

    @pytest.mark.parametrize(
        ("find", "folder"), [(find_tables, "database"), (find_sources, "file_parsers")]
    )
    def test_a_module_that_cannot_be_imported_is_not_hidden(
        self, find: object, folder: str, make_domain: MakeDomain, tmp_path: Path
    ) -> None:
        name = make_domain({"entities.py": CITY})
        adapters = tmp_path / name / "adapters"
        (adapters / folder).mkdir(parents=True)
        (adapters / "__init__.py").write_text("")
        (adapters / folder / "__init__.py").write_text("import nowhere_at_all\n")
        with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
            find(name)  # type: ignore[operator]  # either of the two


class TestReservedNames:
    @pytest.mark.parametrize("name", ["Health", "Ontology", "Openapi"])
    def test_an_address_of_the_server_is_no_name(self, name: str, make_domain: MakeDomain) -> None:
        from triptych.services.ontology import check_package

        text = CITY.replace("City", name)
        found = check_package(make_domain({"entities.py": text})).diagnostics
        assert [each.code for each in found] == ["ONT012"]
