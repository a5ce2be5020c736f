"""What becomes of what was found."""

from __future__ import annotations

from collections.abc import Sequence

import black

from triptych.domain.drafts import Draft, DraftClass, DraftField, Part, Role, Shape, Survey
from triptych.domain.errors import Problem
from triptych.services.drafts.deciding import draft_of, sentence
from triptych.services.drafts.modules import domain_modules, table_module, written_class
from triptych.services.drafts.pages import main_entity, page_names

MODE = black.Mode(line_length=100)


def shape(name: str, *parts: Part, key: Sequence[str] = (), data: str = "") -> Shape:
    return Shape(name=name, parts=parts, key=tuple(key), data=data)


def id_of(type_: str = "int") -> Part:
    return Part(name="id", type=type_)


def draft(*shapes: Shape, doubts: Sequence[Problem] = ()) -> Draft:
    return draft_of(Survey(shapes, tuple(doubts)))


def named(made: Draft, name: str) -> DraftClass:
    return next(each for each in made.classes if each.name == name)


PERSON = shape("people", id_of(), Part(name="name"), key=["id"])


class TestRoles:
    def test_what_has_a_key_or_rows_is_an_entity(self) -> None:
        made = draft(PERSON, shape("marks", Part(name="size"), data="data/marks.csv"))
        assert [(each.name, each.role) for each in made.classes] == [
            ("Person", Role.ENTITY),
            ("Mark", Role.ENTITY),
        ]
        assert made.ids == (("PersonId", "int"), ("MarkId", "int"))

    def test_a_key_of_links_joins_entities(self) -> None:
        teams = shape("teams", id_of("str"), key=["id"])
        ends = (Part(name="person_id", type="int", of="people"), Part(name="team_id", of="teams"))
        made = draft(PERSON, teams, shape("members", *ends, key=["person_id", "team_id"]))
        assert named(made, "Member").role is Role.RELATIONSHIP
        assert [each.name for each in named(made, "Member").fields] == ["person", "team"]

    def test_a_key_of_several_is_told_in_one_id(self) -> None:
        made = draft(shape("hours", Part(name="day"), Part(name="no"), key=["day", "no"]))
        assert made.ids == (("HourId", "str"),)
        assert named(made, "Hour").unique == (("day", "no"),)
        assert 'unique=[("day", "no")]' in table_module(made, "p")

    def test_what_has_happened_is_an_event(self) -> None:
        paid = shape("OrderPaid", Part(name="by", type="int", of="people"))
        made = draft(PERSON, paid)
        assert named(made, "OrderPaid").role is Role.EVENT
        assert named(made, "OrderPaid").fields[0].annotation == "PersonId"

    def test_what_is_held_is_a_value(self) -> None:
        home = shape("Home", Part(name="city"), Part(name="owner", type="int", of="people"))
        lost = shape("Lost", Part(name="x"))
        person = shape("people", id_of(), Part(name="home", type="", of="Home"), key=["id"])
        made = draft(person, home, lost, doubts=[Problem("Lost.y", "is left out")])
        assert named(made, "Home").role is Role.VALUE_OBJECT
        assert named(made, "Home").fields[1].annotation == "int", "values hold no links"
        assert [each.where for each in made.doubts] == ["Lost"]

    def test_what_holds_itself_is_left_out(self) -> None:
        kids = (Part(name=each, type="", of="Twig", is_many=True) for each in ("kids", "twigs"))
        tree = shape("Tree", Part(name="size"), *kids)
        twig = shape("Twig", Part(name="leaf"), Part(name="tree", type="", of="Tree"))
        person = shape("people", id_of(), Part(name="tree", type="", of="Tree"), key=["id"])
        made = draft(person, tree, twig)
        assert [each.name for each in made.classes] == ["Person"]
        assert "people.tree: holds what is left out itself" in str(made.doubts[-1])

    def test_what_holds_nothing_is_left_out(self) -> None:
        nothing = shape("Nothing")
        person = shape("people", id_of(), Part(name="x", type="", of="Nothing"), key=["id"])
        assert [each.name for each in named(draft(person, nothing), "Person").fields] == ["id"]


class TestNames:
    def test_names_that_are_taken_are_not_taken_again(self) -> None:
        made = draft(
            shape("tables", id_of(), key=["id"]),
            shape("order", id_of(), key=["id"]),
            shape("orders", id_of(), key=["id"]),
        )
        assert [each.name for each in made.classes] == ["TableEntry", "Order", "OrderEntry"]

    def test_fields_that_would_be_one_stay_two(self) -> None:
        of = Part(name="person_id", type="int", of="people")
        visit = shape("visits", id_of(), of, Part(name="person"), Part(name="Person"), key=["id"])
        fields = named(draft(PERSON, visit), "Visit").fields
        assert [each.name for each in fields] == ["id", "person", "visit_person"]

    def test_a_second_link_has_a_way_back_of_its_own(self) -> None:
        ends = [Part(name=each, type="int", of="people") for each in ("by", "for", "to_id")]
        visits = shape("visits", id_of(), *ends, key=["id"])
        taken = shape("people", id_of(), Part(name="visits_by_to"), key=["id"])
        made = named(draft(taken, visits), "Visit").fields
        assert [each.annotation for each in made[1:]] == [
            "PersonId",
            'Annotated[PersonId, "visits_by_for"]',
            'Annotated[PersonId, "visits_by_to_2"]',
        ]

    def test_the_same_words_by_the_same_name_are_one_enum(self) -> None:
        state = Part(name="state", members=("open", "done"))
        made = draft(
            shape("tasks", id_of(), state, key=["id"]),
            shape("plans", id_of(), state, Part(name="n", members=("1", "2")), key=["id"]),
        )
        assert [each.name for each in made.enums] == ["TaskState"]
        assert [each.annotation for each in named(made, "Plan").fields] == [
            "PlanId",
            "TaskState",
            "str",
        ]

    def test_an_enum_is_not_called_like_a_class(self) -> None:
        states = shape("task_states", id_of(), key=["id"])
        tasks = shape("tasks", id_of(), Part(name="state", members=("a", "b")), key=["id"])
        assert [each.name for each in draft(states, tasks).enums] == ["TaskStateEntry"]
        own = shape("tasks", id_of(), Part(name="task_state", members=("a", "b")), key=["id"])
        assert [each.name for each in draft(own).enums] == ["TaskState"]

    def test_an_id_of_no_such_type_is_text(self) -> None:
        made = draft(shape("days", Part(name="id", type="date"), key=["id"]))
        assert made.ids == (("DayId", "str"),)

    def test_what_was_said_is_one_sentence(self) -> None:
        assert sentence("") == ""
        assert sentence('a \\ b\n"c". D') == "A / b 'c'."
        assert sentence("word " * 50).endswith("word.")
        assert len(sentence("w" * 300)) < 200


class TestPages:
    def test_a_project_is_shown_by_what_leads_to_most(self) -> None:
        visits = shape("visits", id_of(), Part(name="by", type="int", of="people"), key=["id"])
        made = draft(PERSON, visits, doubts=[Problem("visits.by", "is *odd*", "ask")])
        assert main_entity(made).name == "Visit"
        names = page_names(made, "p", is_loaded=False)
        assert names["about"] == "Persons, visits."
        assert names["doubts"] == "- **visits.by** is \\*odd\\* (ask)."
        assert names["copied"] == ""

    def test_of_many_the_first_are_named(self) -> None:
        several = [shape(f"{each}thing", id_of(), key=["id"]) for each in "abcdefgh"]
        names = page_names(draft(*several), "p", is_loaded=True)
        assert names["about"].endswith("fthings and 2 more.")
        assert names["doubts"] == "Nothing."
        assert "load" in names["load"]

    def test_what_is_said_of_fields_is_said_in_the_class(self) -> None:
        person = shape("people", id_of(), Part(name="name", about="how. x"), key=["id"])
        text = written_class(named(draft(person), "Person"))
        assert "    Attributes:\n        name: How.\n" in text


class TestWriting:
    def test_long_lines_are_broken_as_the_formatter_would(self) -> None:
        name, long = "n" * 40, "a_very_long_name_of_something_that_links"
        persons = shape("some_of_those_people_with_long_names", id_of(), key=["id"])
        links = [
            Part(name="n" * length, type="int", of=persons.name, is_optional=length != 39)
            for length in range(20, 40)
        ]
        links += [
            Part(name="m" * length, type="int", of="people", is_optional=True)
            for length in range(1, 40)
        ]
        many = Part(name=f"many_{long}", type="int", of=persons.name, is_many=True)
        words = Part(name=name, members=("secret_words_that_are_none_and_long", "token " * 20))
        taken = Part(name=long, type="", of="AValueObjectWithANameAsLongAsOneMayBe")
        value = shape("AValueObjectWithANameAsLongAsOneMayBe", Part(name="x"))
        owner = shape("somethings_that_are_long", id_of(), *links, many, words, taken, key=["id"])
        modules = domain_modules(draft(persons, PERSON, value, owner), "p")
        for path, text in modules.items():
            assert black.format_str(text, mode=MODE) == text, path

    def test_a_name_that_no_line_can_hold_stays_on_one(self) -> None:
        field = DraftField(name="n" * 60, type="T" * 60, annotation="T" * 60)
        held = DraftClass(name="A", role=Role.EVENT, fields=(field,), shape=PERSON, about="An a.")
        assert f"    {field.name}: {field.annotation}" in written_class(held)
