"""Reading a domain package."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.conftest import EXAMPLE, MakeDomain
from triptych.adapters.ontology import ontology_document, read_package
from triptych.domain.errors import Misconfigured
from triptych.domain.ontology import (
    Bounds,
    Choice,
    Enumeration,
    Many,
    Ontology,
    Scalar,
    ScalarKind,
    Structure,
)
from triptych.services.ontology import check_package, read_ontology

HEADER = '"""Things."""\nfrom __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import NewType\n'
THING = (
    HEADER
    + 'ThingId = NewType("ThingId", str)\n\n\n@dataclass(frozen=True)\nclass Thing:\n    """A thing."""\n    id: ThingId\n'
)


class TestProperties:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("pages", Scalar(ScalarKind.INT, "Pages")),
            ("price", Scalar(ScalarKind.DECIMAL, "Price", Bounds(low=0))),
            ("wear", Scalar(ScalarKind.INT, "Percent", Bounds(0, 100))),
            ("isbn", Scalar(ScalarKind.STR, "Isbn", Bounds(pattern="[0-9]{10}"))),
            ("state", Choice(ScalarKind.STR, ("new", "old"))),
            ("age", Scalar(ScalarKind.TIMEDELTA)),
        ],
    )
    def test_a_type_is_read(self, library: Ontology, name: str, expected: object) -> None:
        assert library.object_type("Book").property(name).type == expected

    def test_a_generic_alias_resolves(self, library: Ontology) -> None:
        scores = library.object_type("Book").property("scores")
        assert scores.many is Many.TUPLE
        assert scores.is_optional

    def test_a_generic_value_object_takes_its_arguments(self, library: Ontology) -> None:
        held = library.object_type("Book").property("lent_for").type
        assert isinstance(held, Structure)
        assert [each.type.label for each in held.properties] == ["timedelta", "timedelta"]

    @pytest.mark.parametrize(
        ("name", "values"),
        [("Genre", ("poetry", "prose")), ("Floor", (0, 1)), ("Shape", ("OCTAVO", "QUARTO"))],
    )
    def test_an_enum_is_stored_by_value_or_by_name(
        self, library: Ontology, name: str, values: tuple[object, ...]
    ) -> None:
        (found,) = [each for each in library.enumerations if each.name == name]
        assert isinstance(found, Enumeration)
        assert found.values == values

    def test_descriptions_come_from_docstrings(self, library: Ontology) -> None:
        book = library.object_type("Book")
        assert book.description == "What is read."
        assert book.property("price").description == (
            "What it cost, and in which currency is anybody's guess."
        )

    def test_computed_properties_are_listed(self, library: Ontology) -> None:
        (heavy,) = library.object_type("Book").computed
        assert (heavy.name, heavy.annotation, heavy.description) == (
            "is_heavy",
            "bool",
            "Whether two hands are needed.",
        )

    def test_defaults_are_known(self, library: Ontology) -> None:
        book = library.object_type("Book")
        pages, editions, title = (book.property(n).default for n in ("pages", "editions", "title"))
        assert pages is not None
        assert pages.value == 0
        assert editions is not None
        assert editions.is_made
        assert title is None


class TestPackage:
    def test_everything_is_found_by_its_place(self, library: Ontology) -> None:
        assert [each.name for each in library.entities] == ["Author", "Branch", "Book"]
        assert [each.name for each in library.relationships] == ["Review"]
        assert [each.name for each in library.events] == ["BookLost"]
        assert [each.name for each in library.rules] == ["is_overdue", "has_a_teacher"]
        assert [each.label for each in library.scalars] == ["Pages", "Isbn", "Percent", "Price"]

    def test_a_relationship_is_known_by_its_ids(self, library: Ontology) -> None:
        assert library.object_type("Review").key == ("critic", "book")

    def test_entities_are_listed_under_the_protocols_they_fulfil(self, library: Ontology) -> None:
        (titled,) = library.interfaces
        assert (titled.name, titled.members, titled.entities) == ("Titled", ("title",), ("Book",))

    def test_a_rule_is_recorded_with_its_parameters(self, library: Ontology) -> None:
        parameters = library.rules[0].parameters
        assert [(each.name, each.annotation) for each in parameters] == [
            ("book", "Book"),
            ("limit", "timedelta"),
        ]

    def test_a_package_that_is_not_there_is_told(self) -> None:
        with pytest.raises(Misconfigured, match=r"there is no package nowhere\.domain"):
            read_package("nowhere")

    def test_a_package_without_a_domain_is_told(self) -> None:
        with pytest.raises(Misconfigured, match=r"there is no package json\.domain"):
            read_package("json")

    def test_the_whole_package_may_grow_into_packages(
        self, make_domain: MakeDomain, tmp_path: Path
    ) -> None:
        name = make_domain({})
        folder = tmp_path / name / "domain" / "entities"
        folder.mkdir()
        (folder / "__init__.py").write_text('"""Things."""\n')
        (folder / "thing.py").write_text(THING)
        assert [each.name for each in read_ontology(name).entities] == ["Thing"]

    def test_a_base_class_of_the_domain_gives_its_fields(self, make_domain: MakeDomain) -> None:
        text = THING.replace(
            "class Thing:",
            "class _Named:\n    name: str\n\n\n@dataclass(frozen=True)\nclass Thing(_Named):",
        )
        thing = read_ontology(make_domain({"entities.py": text})).object_type("Thing")
        assert [each.name for each in thing.properties] == ["name", "id"]

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("x: int | str", "ONT025"),
            ("x: tuple[int, str]", "ONT025"),
            ("x: tuple[int | None, ...]", "ONT025"),
            ("x: tuple[ThingId, ...] | None", "ONT025"),
            ("x: Annotated[str, 'back']", "ONT024"),
            ("x: Annotated[int, range(0, 10, 2)]", "ONT026"),
            ("x: Annotated[int, range(0)]", "ONT026"),
            ("x: Annotated[int, re.compile('a')]", "ONT026"),
            ("x: Annotated[bool, slice(0, 1)]", "ONT026"),
            ("x: Literal['a', 1]", "ONT025"),
            ("x: set[int]", "ONT022"),
            ("x: dict[str, int]", "ONT022"),
            ("x: Any", "ONT025"),
            ("x: list[int] = []", "ONT023"),
        ],
    )
    def test_a_field_that_cannot_be_is_found_at_its_line(
        self, make_domain: MakeDomain, line: str, code: str
    ) -> None:
        imports = "import re\nfrom typing import Annotated, Any, Literal\n"
        text = THING.replace(HEADER, HEADER + imports) + f"    {line}\n"
        found = check_package(make_domain({"entities.py": text})).diagnostics
        assert [(each.code, each.line) for each in found] == [(code, 14)]

    def test_a_value_object_that_contains_itself_is_found(self, make_domain: MakeDomain) -> None:
        own = '\n\n@dataclass(frozen=True)\nclass Own:\n    """Itself."""\n    own: Own\n'
        (found,) = check_package(make_domain({"value_objects.py": HEADER + own})).diagnostics
        assert (found.code, found.line) == ("ONT025", 10)

    def test_a_module_that_is_not_python_is_told(self, make_domain: MakeDomain) -> None:
        package = make_domain({"entities.py": THING, "rules.py": "def f(:\n"})
        (found,) = check_package(package).diagnostics
        assert (found.code, found.line) == ("ONT011", 1)

    def test_all_mistakes_are_told_at_once(self, make_domain: MakeDomain) -> None:
        text = THING + "    a: list[int]\n    b: Nowhere\n    _c: int\n"
        found = check_package(make_domain({"entities.py": text})).diagnostics
        assert [each.code for each in found] == ["ONT022", "ONT020", "ONT012"]


class TestDocument:
    def test_it_is_the_same_every_time(self) -> None:
        first, second = (
            msgspec.json.encode(ontology_document(read_ontology("flights"))) for _ in range(2)
        )
        assert first == second

    def test_it_tells_everything(self, library: Ontology) -> None:
        document = json.loads(msgspec.json.encode(ontology_document(library)))
        book = next(each for each in document["entities"] if each["name"] == "Book")
        fields = {each["name"]: each for each in book["properties"]}
        assert fields["price"]["type"]["bounds"] == {"low": 0, "high": None, "pattern": None}
        assert fields["home_id"]["type"] == {
            "is": "id",
            "kind": "int",
            "name": "BranchId",
            "of": "Branch",
        }
        assert fields["editions"]["default"] == {"made": True}
        assert fields["genre"]["default"] == {"value": "prose"}
        assert fields["shelf"]["type"] == {"is": "value object", "name": "Shelf"}
        assert fields["state"]["type"] == {"is": "choice", "kind": "str", "values": ["new", "old"]}
        assert {each["name"] for each in book["links"]} == {"authors", "home", "reviews"}
        assert document["interfaces"][0]["entities"] == ["Book"]


class TestUntouchedDomain:
    def test_the_example_lives_where_triptych_cannot_be_imported(self) -> None:
        program = (
            "import sys\n"
            "class Refuse:\n"
            "    def find_spec(self, name, *_):\n"
            "        if name.partition('.')[0] == 'triptych': raise ImportError(name)\n"
            "sys.meta_path.insert(0, Refuse())\n"
            f"sys.path.insert(0, {str(EXAMPLE)!r})\n"
            "from datetime import UTC, datetime, timedelta\n"
            "from uuid import UUID\n"
            "import flights.domain.events, flights.domain.relationships\n"
            "from flights.domain import entities as e, rules as r\n"
            "f = e.Flight(id=UUID(int=1), carrier='UA', number=1, origin='JFK', destination='LAX',\n"
            "    departure=datetime(2013, 1, 1, tzinfo=UTC), distance=9)\n"
            "assert r.has_not_left(f) and not f.is_late\n"
            "assert f.postponed(timedelta(hours=1)).is_late\n"
            "assert 'triptych' not in sys.modules\n"
            "print('alive')\n"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == ("alive\n", "")
