"""What others have is read for what it says, and nothing of it is run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest

from triptych.adapters.drafts.classes import find_package, survey_classes
from triptych.adapters.drafts.columns import type_of
from triptych.adapters.drafts.files import data_files, read_files
from triptych.adapters.drafts.schemas import is_schema, read_document, survey_schema
from triptych.adapters.drafts.tables import Table, survey_tables
from triptych.domain.drafts import Part, Shape, Survey
from triptych.domain.errors import InvalidInput, Misconfigured, Problem


def parts(survey: Survey, name: str) -> dict[str, Part]:
    shape = next(each for each in survey.shapes if each.name == name)
    return {each.name: each for each in shape.parts}


def told(survey: Survey) -> str:
    return "\n".join(map(str, survey.doubts))


class TestColumns:
    @pytest.mark.parametrize(
        ("values", "name", "type_"),
        [
            (["1", "-20"], "size", "int"),
            (["007", "1"], "agent", "str"),
            (["1.5", "2"], "size", "float"),
            (["01.5"], "size", "str"),
            (["1e3", "2.0"], "size", "float"),
            (["1.50", "2"], "total_price", "Decimal"),
            (["true", "FALSE"], "is_open", "bool"),
            (["2026-11-26"], "day", "date"),
            (["2026-13-26"], "day", "str"),
            (["2026-02-30"], "day", "str"),
            (["2026-11-26T10:00:00Z", "2026-11-26 10:00"], "at", "datetime"),
            (["10:30", "23:59:59.5"], "at", "time"),
            (["00000000-0000-0000-0000-00000000000a"], "key", "UUID"),
            (["99999999999999999999"], "big", "float"),
            ([], "nothing", "str"),
            (["a", "1"], "mixed", "str"),
        ],
    )
    def test_a_type_is_that_of_every_value(self, values: list[str], name: str, type_: str) -> None:
        assert type_of(pl.Series(name, values, dtype=pl.String), name) == type_


def rows(count: int, **columns: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({name: (each * count)[:count] for name, each in columns.items()})


PEOPLE = pl.DataFrame({"id": ["1", "2", "3"], "name": ["Ada", "Bob", "Eve"]})


class TestTables:
    def test_the_key_is_what_is_named_so_and_unique(self) -> None:
        frame = pl.DataFrame({"name": ["a", "b"], "item_id": ["2", "1"], "code": ["x", "y"]})
        assert survey_tables([Table("items", frame)]).shapes[0].key == ("item_id",)
        assert survey_tables([Table("wares", frame)]).shapes[0].key == ("code",)

    def test_the_first_that_tells_rows_apart_is_a_doubtful_key(self) -> None:
        frame = pl.DataFrame({"faa": ["A", "B"], "name": ["a", "b"], "size": ["1.5", "2.5"]})
        found = survey_tables([Table("airports", frame)])
        assert found.shapes[0].key == ("faa",)
        assert "airports.faa: faa tells its rows apart, as name would" in told(found)

    def test_several_columns_may_tell_rows_apart_together(self) -> None:
        frame = pl.DataFrame(
            {"place": ["A", "A", "B"], "day": ["1", "2", "1"], "t": ["1", "1", "1"]}
        )
        found = survey_tables([Table("weather", frame)])
        assert found.shapes[0].key == ("place", "day")
        assert "place and day tell its rows apart together" in told(found)
        assert "weather.t: is '1' in every row" in told(found)

    def test_nothing_may_tell_rows_apart(self) -> None:
        found = survey_tables([Table("marks", pl.DataFrame({"a": ["1", "1"], "b": ["x", "x"]}))])
        assert found.shapes[0].key == ()
        assert "marks: nothing tells its rows apart; they are numbered" in told(found)

    def test_what_only_some_have_is_no_key(self) -> None:
        frame = pl.DataFrame({"id": ["1", None], "x": ["a", "a"]})
        assert survey_tables([Table("things", frame)]).shapes[0].key == ()

    def test_a_column_of_ids_is_a_link(self) -> None:
        orders = pl.DataFrame({"id": ["1", "2"], "person_id": ["3", "1"], "size": ["1", "2"]})
        found = survey_tables([Table("people", PEOPLE), Table("orders", orders)])
        assert parts(found, "orders")["person_id"].of == "people"
        assert parts(found, "orders")["size"].of == ""
        assert "orders.person_id: is taken for a link to Person" in told(found)

    def test_texts_lead_where_enough_of_them_are_ids(self) -> None:
        places = pl.DataFrame({"code": ["JFK", "LGA", "EWR", "BOS"]})
        flights = rows(
            6, origin=["JFK", "LGA", "EWR"], to=["JFK", "XXX", "LGA", "EWR", "BOS", "BOS"]
        )
        found = survey_tables([Table("places", places), Table("flights", flights)])
        assert parts(found, "flights")["origin"].of == "places"
        assert parts(found, "flights")["to"].of == ""
        assert "flights.to: 1 of its 5 values are no Place (XXX)" in told(found)

    def test_a_few_words_that_come_again_and_again_are_an_enum(self) -> None:
        frame = rows(40, state=["open", "in progress"], size=["1", "2"], note=["a/b", "c"])
        found = survey_tables([Table("tasks", frame)])
        assert parts(found, "tasks")["state"].members == ("in progress", "open")
        assert parts(found, "tasks")["size"].members == ()
        assert parts(found, "tasks")["note"].members == ()
        assert "is taken for one of 2: in progress, open" in told(found)

    def test_few_of_many_are_told(self) -> None:
        frame = rows(60, state=["a", "b", "c", "d", "e"])
        assert "one of 5: a, b, c, d and more" in told(survey_tables([Table("tasks", frame)]))

    def test_a_stand_in_for_nothing_is_found_among_numbers(self) -> None:
        frame = pl.DataFrame(
            {"id": ["1", "2", "3"], "year": ["2001", "NA", "-"], "n": ["-", "x", "y"]}
        )
        found = survey_tables([Table("planes", frame)])
        assert found.shapes[0].missing == ("NA", "-")
        assert parts(found, "planes")["year"] == Part(name="year", type="int", is_optional=True)
        assert parts(found, "planes")["n"].is_optional

    def test_moments_without_a_zone_and_empty_columns_are_doubtful(self) -> None:
        frame = pl.DataFrame(
            {"id": ["1", "2"], "at": ["2026-11-26 10:00", "2026-11-26 11:00"], "x": [None, None]},
            schema_overrides={"x": pl.String},
        )
        found = told(survey_tables([Table("calls", frame)]))
        assert "calls.at: says no zone, and is taken for UTC" in found
        assert "calls.x: is empty in every row" in found

    def test_what_is_declared_is_not_guessed(self) -> None:
        shape = Shape(
            name="orders",
            parts=(
                Part(name="no", type="int"),
                Part(name="who", type="int", of="people"),
                Part(name="at"),
            ),
            key=("no",),
        )
        frame = rows(40, who=["1", "2"], no=[str(n) for n in range(40)], at=["2026-11-26T00:00Z"])
        table = Table("orders", frame, "data/orders.csv", {"no": "int", "at": "text"}, shape)
        found = survey_tables([table]).shapes[0]
        assert (found.key, found.data, found.missing) == (("no",), "data/orders.csv", ())
        assert [each.type for each in found.parts] == ["int", "int", "datetime"]
        assert found.part("who").of == "people"


class TestFiles:
    def test_files_of_every_kind_become_tables_of_text(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        data.mkdir()
        given = tmp_path / "given"
        given.mkdir()
        moment = datetime(2026, 11, 26, tzinfo=UTC)
        pl.DataFrame(
            {
                "id": [1],
                "at": [moment],
                "gap": [timedelta(seconds=1)],
                "raw": [b"x"],
                "place": [{"lat": 1.5, "lon": 2.5}],
                "tags": [["a"]],
                "local": [datetime(2026, 11, 26)],  # a moment without a zone
                "price": ["007"],
            }
        ).write_parquet(given / "a.parquet")
        (given / "b.json").write_text('[{"id": 1, "ok": true}]')
        (given / "c.json").write_text('{"people": [{"name": "Ada"}], "count": 1}')
        (given / "d.jsonl").write_text('{"n": 1.5}\n{"n": null}\n')
        (given / "e.csv").write_text("x,y\n1,\n")
        with ZipFile(given / "f.csv.zip", "w") as archive:
            archive.writestr("g.csv", "z\n1\n")
            archive.writestr("readme.txt", "no")
        (given / "x.txt").write_text("nothing")
        tables, doubts = read_files(data_files(given), data)
        assert [each.name for each in tables] == ["a", "b", "people", "d", "e", "g"]
        assert doubts == [
            Problem("a.tags", "holds lists, and is left out", "add what it holds by hand")
        ]
        types = {name: type_ for each in tables for name, type_ in each.types.items()}
        assert types["gap"] == "timedelta"
        assert (types["raw"], types["at"], types["place_lat"]) == ("bytes", "datetime", "float")
        assert (types["price"], types["ok"], types["id"]) == ("text", "bool", "int")
        assert (data / "a.csv").read_text().splitlines()[1] == (
            '"1","2026-11-26T00:00:00.000000+00:00","1000000","78","1.5","2.5",'
            '"2026-11-26T00:00:00.000000","007"'
        )
        found = survey_tables(tables)
        assert parts(found, "a")["price"].type == "str"

    def test_two_files_of_one_name_stay_two(self, tmp_path: Path) -> None:
        for folder in ("one", "two", "data"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "a.csv").write_text("x\n1\n")
        (tmp_path / "data/a.csv").unlink()
        paths = [tmp_path / "one/a.csv", tmp_path / "two/a.csv"]
        tables, _ = read_files(paths, tmp_path / "data")
        assert [each.name for each in tables] == ["a", "a_2"]

    def test_a_name_leads_nowhere_else(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "a.json").write_text('{"../../evil": [{"x": 1}], "../..": [{"x": 1}]}')
        tables, _ = read_files([tmp_path / "a.json"], tmp_path / "data")
        assert [each.data for each in tables] == ["data/evil.csv", "data/table.csv"]
        assert sorted(each.name for each in tmp_path.iterdir()) == ["a.json", "data"]

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.parquet", b"no parquet"),
            ("a.json", b"{"),
            ("a.json", b'{"a": 1}'),
            ("a.json", b'"a"'),
            ("a.csv.zip", b"no zip"),
            ("a.csv", b""),
            ("a.jsonl", b"{"),
        ],
    )
    def test_what_is_none_of_its_kind_is_told(
        self, tmp_path: Path, name: str, content: bytes
    ) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidInput, match="look into the file"):
            read_files([tmp_path / name], tmp_path)

    def test_what_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("x\n1\n")
        with pytest.raises(Misconfigured, match="cannot be read"):
            read_files([tmp_path / "a.csv"], tmp_path / "nowhere")


PET = {
    "type": "object",
    "description": "Somebody's pet. It is loved.",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string", "description": "How it is called."},
        "born": {"type": ["string", "null"], "format": "date"},
        "weight": {"type": "number"},
        "price": {"type": "number", "format": "decimal"},
        "kind": {"type": "string", "enum": ["cat", "dog", None]},
        "level": {"type": "integer", "enum": [1, 2]},
        "colour": {"enum": ["red", "blue"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "matrix": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        "home": {"type": "object", "properties": {"city": {"type": "string"}}},
        "owner": {"$ref": "#/components/schemas/Owner"},
        "vet": {"anyOf": [{"$ref": "#/components/schemas/Owner"}, {"type": "null"}]},
        "mother": {"allOf": [{"$ref": "#/components/schemas/PetResponse"}]},
        "extra": {"type": "object"},
        "any": {},
        "anys": {"type": "array", "items": {}},
        "several": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "either": {"oneOf": [{"type": "string"}, {"type": "string", "nullable": True}]},
        "keeper_id": {"type": "string", "format": "uuid"},
        "lost": {"$ref": "#/components/schemas/Nobody"},
        "a~b": {"$ref": "#/components/schemas/a~1b"},
    },
}
DOCUMENT = {
    "openapi": "3.1.0",
    "components": {
        "schemas": {
            "PetResponse": PET,
            "NewPet": {"properties": {"name": {"type": "string"}}},
            "Owner": {
                "allOf": [
                    {"$ref": "#/components/schemas/Base"},
                    {"properties": {"name": {"type": "string"}}, "required": ["name"]},
                ]
            },
            "Base": {"properties": {"id": {"type": "string"}}, "required": ["id"]},
            "Keeper": {"properties": {"keeper_id": {"type": "string", "format": "uuid"}}},
            "Loop": {"$ref": "#/components/schemas/Loop"},
            "a/b": {"type": "string"},
            "Nothing": {"type": "string"},
        }
    },
}


class TestSchemas:
    def test_objects_are_found_with_what_they_are_made_of(self) -> None:
        survey = survey_schema(DOCUMENT)
        pet = parts(survey, "pet")
        assert {name: each.type for name, each in pet.items()} == {
            "id": "int", "name": "str", "born": "date", "weight": "float", "price": "Decimal",
            "kind": "str", "level": "int", "colour": "str", "tags": "str", "home": "",
            "owner": "", "vet": "", "mother": "", "either": "str", "keeper_id": "UUID",
            "a~b": "str",
        }  # fmt: skip
        assert not pet["name"].is_optional
        assert pet["born"].is_optional
        assert pet["weight"].is_optional
        assert pet["kind"].members == ("cat", "dog")
        assert pet["level"].members == ()
        assert pet["colour"].members == ("red", "blue")
        assert pet["tags"].is_many
        assert (pet["owner"].of, pet["vet"].of, pet["mother"].of) == ("owner", "owner", "pet")
        assert pet["vet"].is_optional
        assert pet["home"].of == "pet_home"
        assert parts(survey, "owner")["id"].type == "str"
        assert pet["keeper_id"].of == "keeper"

    def test_what_is_guessed_or_left_out_is_told(self) -> None:
        found = told(survey_schema(DOCUMENT))
        for each in (
            "pet.extra: is an object of no fixed parts",
            "pet.any: may be anything",
            "pet.anys: may be anything",
            "pet.several: may be of several types",
            "pet.matrix: holds lists of lists",
            "pet.lost: may be anything",
            "pet: is made of PetResponse, and stands for NewPet, too",
            "keeper: is what pet.keeper_id lead to, by their names",
        ):
            assert each in found

    def test_what_holds_itself_without_end_is_told(self, tmp_path: Path) -> None:
        text = "$defs:\n  A: &a\n    properties:\n      x: *a\n"
        (tmp_path / "a.yaml").write_text(text)
        with pytest.raises(InvalidInput, match="holds itself without end"):
            survey_schema(read_document(tmp_path / "a.yaml"))

    def test_json_schema_and_older_documents_are_read_alike(self) -> None:
        item = {"properties": {"id": {"type": "integer"}}}
        whole = {"title": "Order", **item, "properties": {**item["properties"], "x": {"$ref": 1}}}
        assert [e.name for e in survey_schema({"definitions": {"A": item}}).shapes] == ["a"]
        assert [e.name for e in survey_schema({"$defs": {"A": item}, **whole}).shapes] == [
            "a",
            "order",
        ]

    def test_yaml_is_read_and_what_is_neither_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("openapi: 3.1.0\n")
        (tmp_path / "a.json").write_text(json.dumps(DOCUMENT))
        (tmp_path / "b.json").write_text("{")
        (tmp_path / "b.yaml").write_text("a: [")
        assert is_schema(read_document(tmp_path / "a.yaml"))
        assert is_schema(read_document(tmp_path / "a.json"))
        assert not is_schema([1])
        for name in ("b.json", "b.yaml", "nowhere.json"):
            with pytest.raises(InvalidInput, match="look into the file"):
                read_document(tmp_path / name)


CODE = '''
"""What a shop knows."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, NewType, Optional, Union
from uuid import UUID

CustomerId = NewType("CustomerId", UUID)
Tags = list[str]
type Name = str


class Colour(enum.Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Base:
    """What everything has.

    Attributes:
        id: What it is known by.
    """

    id: int
    _hidden: int = 0
    shared: ClassVar[int] = 0


@dataclass
class Order(Base):
    """An order.

    Attributes:
        note: What was said.
    """

    customer: CustomerId
    buyer: Customer
    note: str | None
    other: Optional["Customer"]
    colour: Colour
    level: Level
    tags: Tags
    name: Name
    lines: list["Line"]
    pair: tuple[int, str, int]
    nested: list[list[int]]
    mapping: dict[str, int]
    kind: Literal["a", "b"]
    odd: Literal[1, 2]
    either: Union[int, str]
    marked: Annotated[int, "x"]
    strange: "not python ("
    computed: 1 + 1
    uuid_seen: UUID
    unknown: Something
    when: "datetime.datetime"
    customer_id: UUID


@dataclass
class Customer:
    id: CustomerId
    name: str


@dataclass
class Line:
    count: int


class Plain:
    x: int


class Model(BaseModel):
    slug: str
'''


class TestClasses:
    @pytest.fixture
    def survey(self, tmp_path: Path) -> Survey:
        (tmp_path / "shop.py").write_text(CODE)
        return survey_classes(tmp_path / "shop.py")

    def test_fields_are_read_as_they_are_annotated(self, survey: Survey) -> None:
        assert [each.name for each in survey.shapes] == [
            "Base", "Order", "Customer", "Line", "Model",
        ]  # fmt: skip
        order = parts(survey, "Order")
        assert set(order) == {
            "id", "customer", "buyer", "note", "other", "colour", "level", "tags", "name", "lines",
            "kind", "marked", "uuid_seen", "when", "customer_id",
        }  # fmt: skip
        assert (order["customer"].type, order["customer"].of) == ("UUID", "Customer")
        assert (order["buyer"].type, order["buyer"].of) == ("", "Customer")
        assert (order["note"].about, order["note"].is_optional) == ("What was said.", True)
        assert order["other"] == Part(name="other", type="", of="Customer", is_optional=True)
        assert order["colour"].members == ("red", "blue")
        assert order["level"].members == ("low",)
        assert order["kind"].members == ("a", "b")
        assert order["tags"].is_many
        assert order["lines"] == Part(name="lines", type="", of="Line", is_many=True)
        assert order["when"].type == "datetime"
        assert order["customer_id"].of == "Customer"
        keys = {each.name: each.key for each in survey.shapes}
        assert keys == {
            "Base": ("id",), "Order": ("id",), "Customer": ("id",), "Line": (), "Model": ("slug",),
        }  # fmt: skip

    def test_what_cannot_be_a_field_is_told(self, survey: Survey) -> None:
        found = told(survey)
        for name in (
            "pair",
            "nested",
            "mapping",
            "odd",
            "either",
            "strange",
            "computed",
            "unknown",
        ):
            assert f"Order.{name}: is " in found
        assert "Level: has members whose values are no texts" in found

    def test_a_package_is_found_by_path_or_name(self, tmp_path: Path) -> None:
        assert find_package("flights.domain") == find_package("flights") / "domain"  # type: ignore[operator]  # it is there
        assert find_package("json.decoder") == find_package("json") / "decoder.py"  # type: ignore[operator]  # it is there
        assert find_package("nowhere.at.all") is None
        assert find_package("not a name") is None
        assert find_package("sys") is None
        assert find_package(str(tmp_path)) is None
        (tmp_path / "p").mkdir()
        (tmp_path / "p/__init__.py").write_text("")
        assert find_package(str(tmp_path / "p")) == tmp_path / "p"

    @pytest.mark.parametrize("text", ["x = 1", "class A:\n    x: int", "def ("])
    def test_a_package_of_nothing_is_told(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "a.py").write_text(text)
        with pytest.raises(InvalidInput, match=r"no class of data|mend the file"):
            survey_classes(tmp_path / "a.py")
