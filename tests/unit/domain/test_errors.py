"""Messages say where, what, and what to try."""

from __future__ import annotations

import pytest

from triptych.domain.diagnostics import RULES, diagnose
from triptych.domain.errors import (
    DatabaseUnavailable,
    InvalidCursor,
    InvalidInput,
    InvalidOntology,
    InvalidSettings,
    LinkDangling,
    MissingExtra,
    ObjectExists,
    ObjectLinked,
    ObjectMissing,
    ObjectStale,
    Problem,
    SchemaMismatch,
    TriptychError,
    UnknownName,
)

_DIAGNOSTIC = diagnose(RULES["ONT003"], "shop/domain/entities.py", 9, "Order has no id")


class TestMessages:
    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (ObjectMissing("City", 7), "there is no City 7"),
            (ObjectMissing("Road", ("a", 2)), "there is no Road 'a', 2"),
            (ObjectExists("City", "x"), "City 'x' is there already; save it to change it"),
            (
                ObjectExists("City", "x", ["name", "area"]),
                "another City has the same name and area as 'x'",
            ),
            (
                ObjectStale("City", 1, 3),
                "City 1 is no longer at version 3; read it again and decide anew",
            ),
            (
                LinkDangling("Road", 1, [("City", "x")]),
                "Road 1 points to City 'x', which is not there; add that first",
            ),
            (
                LinkDangling("Road", 1, []),
                "Road 1 points to an object, which is not there; add that first",
            ),
            (ObjectLinked("City", 1, ["roads"]), "City 1 still has roads; remove those first"),
            (
                ObjectLinked("City", 1, []),
                "City 1 still has other objects; remove those first",
            ),
            (InvalidCursor("is damaged"), "the cursor is damaged; start again without one"),
            (UnknownName("rule", "x", []), "there is no rule 'x'; there are none"),
            (UnknownName("rule", "x", ["abc"]), "there is no rule 'x'; there are abc"),
            (
                UnknownName("rule", "x", [*"abc" * 11]),
                f"there is no rule 'x'; there are {', '.join('abc' * 10)} and 3 more",
            ),
            (UnknownName("rule", "ABD", ["abc"]), "there is no rule 'ABD'; did you mean 'abc'?"),
            (InvalidSettings([Problem("port", "is high")]), "port: is high"),
            (InvalidInput([Problem("", "no", "try yes"), Problem("b", "c")]), "no; try yes\nb: c"),
            (
                MissingExtra("http", "to serve"),
                "to serve, install the extra: pip install 'triptych[http]'",
            ),
            (DatabaseUnavailable("SQLite x", "it is full"), "SQLite x: it is full"),
            (DatabaseUnavailable("SQLite x", "full", "make room"), "SQLite x: full; make room"),
            (
                SchemaMismatch("SQLite x", ["t: column c is missing"]),
                (
                    "SQLite x does not match the code\n  t: column c is missing\n"
                    "See with `db plan` what brings it in step, and do that with `db apply`."
                ),
            ),
        ],
    )
    def test_an_error_is_a_sentence(self, error: TriptychError, message: str) -> None:
        assert str(error) == message

    def test_an_ontology_tells_all_of_its_mistakes(self) -> None:
        error = InvalidOntology("shop", [_DIAGNOSTIC, _DIAGNOSTIC])
        assert str(error).splitlines()[:2] == [
            "shop.domain has 2 mistakes",
            "shop/domain/entities.py:9 ONT003 Order has no id",
        ]

    def test_one_mistake_is_one_mistake(self) -> None:
        assert "has 1 mistake\n" in str(InvalidOntology("shop", [_DIAGNOSTIC]))

    def test_every_error_has_a_code_of_its_own(self) -> None:
        def family(error: type[TriptychError]) -> list[type[TriptychError]]:
            return [error, *(each for sub in error.__subclasses__() for each in family(sub))]

        codes = [each.code for each in family(TriptychError)]
        assert len(codes) == len(set(codes))
