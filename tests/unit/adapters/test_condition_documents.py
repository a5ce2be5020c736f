"""Conditions as JSON: what is read, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.ledger.domain.entities import Entry
from triptych.adapters.expression.document import read_condition
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.expression.writing import condition_document
from triptych.adapters.objects.values import PLAIN
from triptych.domain.errors import InvalidInput
from triptych.domain.expression import Condition, conclude, rule
from triptych.services.expression import render
from triptych.services.ontology import read_ontology

ONTOLOGY = read_ontology("tests.fixtures.ledger")
COUNT = {"get": "count"}
ONE = {"value": 1}


def read(document: Any) -> Condition:
    return read_condition(ONTOLOGY, ONTOLOGY.object_type(Entry), document, PLAIN)


def is_large(entry: Entry, least: int | None) -> bool:
    return entry.is_large or entry.maybe_count == least


class TestDocuments:
    def test_values_stand_in_their_places(self) -> None:
        reader = RuleReader(ONTOLOGY)
        condition = conclude(rule(is_large, least=None), reader.understand)
        assert condition_document(condition, PLAIN) == {
            "any": [
                {"gt": [{"get": "amount"}, {"value": "10", "type": "Decimal"}]},
                {"gt": [COUNT, {"value": 10}]},
                {"missing": {"get": "maybe_count"}},
            ]
        }

    @pytest.mark.parametrize(
        ("document", "sentence"),
        [
            ({"gt": [COUNT, ONE]}, "count is more than what is given (int)"),
            ({"lt": [ONE, COUNT]}, "what is given (int) is less than count"),
            ({"ne": [{"get": "side"}, {"value": "debit"}]}, "side is not what is given (Side)"),
            ({"in": [COUNT, {"value": [1, 2]}]}, "count is one of what is given (tuple[int])"),
            ({"eq": [{"*": [{"value": 7.0}, COUNT]}, ONE]}, "what is given (float) * count is"),
            (
                {"gt": [{"*": [{"get": "span"}, {"value": 3}]}, {"get": "span"}]},
                "span * what is given (int) is more than span",
            ),
            ({"lt": [COUNT, {"value": 7.5}]}, "count is less than what is given (float)"),
            ({"search": [{"object": "account"}, {"value": "x"}]}, "account speaks of what is"),
            ({"missing": {"get": "other"}}, "there is no other"),
            ({"missing": {"object": "other"}}, "there is no other"),
            ({"missing": {"get": "other.nick"}}, "there is no other's nick"),
            ({"not": {"eq": [COUNT, ONE]}}, "count is not what is given (int)"),
            ({"get": "is_open"}, "is open"),
            ({"all": [{"get": "is_open"}, {"value": True}]}, "is open"),
            ({"eq": [{"month": {"get": "day"}}, ONE]}, "the month of day is what is given (int)"),
            ({"gt": [{"count": {"object": "witnesses"}}, ONE]}, "the number of witnesses is more"),
            (
                {
                    "some": [
                        {"get": "tags"},
                        "tag",
                        {"startswith": [{"get": "tag"}, {"value": "a"}]},
                    ]
                },
                "of tags, one is such that tag starts with",
            ),
            (
                {"some": [{"object": "witnesses"}, "who", {"gt": [{"get": "who.age"}, ONE]}]},
                "of witnesses, one is such that who's age is more than",
            ),
            (
                {
                    "if": [
                        {"missing": {"get": "maybe_count"}},
                        {"value": False},
                        {"gt": [{"get": "maybe_count"}, ONE]},
                    ]
                },
                "there is a maybe count and maybe count is more than",
            ),
            (
                {"eq": [{"value": "x", "type": "AccountId"}, {"get": "account.id"}]},
                "what is given (AccountId) is account's id",
            ),
        ],
    )
    def test_json_becomes_a_condition(self, document: Any, sentence: str) -> None:
        assert render(read(document).expression).startswith(sentence)

    @pytest.mark.parametrize(
        ("document", "found"),
        [
            (7, "is no expression"),
            ([], "is no expression"),
            ({}, "is no expression"),
            ({"__class__": {"get": "count"}}, "'__class__' is unknown"),
            ({"eval": "1"}, "'eval' is unknown"),
            ({"eq": [COUNT, ONE], "ne": [COUNT, ONE]}, "is unknown"),
            ({"get": "__class__"}, "__class__"),
            ({"get": "count.__class__"}, "__class__"),
            ({"get": "account.__init__.__globals__"}, "__init__"),
            ({"get": "account"}, "is no condition"),
            ({"eq": [{"object": "account"}, ONE]}, "an object is no value"),
            ({"get": "witnesses.age"}, "witnesses leads to many"),
            ({"object": "nothing"}, "nothing"),
            ({"count": {"object": "account"}}, "this is no link to many"),
            ({"eq": [COUNT]}, "are not 2 parts"),
            ({"eq": COUNT}, "are not 2 parts"),
            ({"eq": [COUNT, {"value": "a"}]}, "'a'"),
            ({"eq": [COUNT, {"value": None}]}, "None"),
            ({"eq": [COUNT, {"value": {}}]}, "{}"),
            ({"value": None}, "None is no value"),
            ({"value": 1, "type": "Nothing"}, "'Nothing' is no type"),
            ({"value": 1, "type": ["a"]}, "is no type"),
            ({"value": 1, "type": "Spot"}, "is no type"),
            ({"in": [COUNT, {"value": [1] * 501}]}, "501 values are too many"),
            ({"gt": [{"get": "maybe_count"}, ONE]}, "may be None"),
            ({"gt": [{"get": "other.age"}, ONE]}, "may be None"),
            ({"gt": [{"get": "maybe_spot.page"}, ONE]}, "may be None"),
            ({"all": {"get": "is_open"}}, "is no list of clauses"),
            ({"all": [COUNT]}, "is no condition"),
            ({"some": [{"get": "tags"}, "1", {"value": True}]}, "is no name"),
            ({"some": [{"get": "count"}, "each", {"value": True}]}, "these are not several"),
            ({"some": [{"object": "witnesses"}, "witnesses", {"value": True}]}, "not several"),
            ({"some": [{"object": "witnesses"}, "who", {"get": "who"}]}, "is an object"),
            ({"+": [{"get": "text"}, ONE]}, "is not a str"),
            ({"lower": COUNT}, "not a text"),
            ({"search": [COUNT, {"value": "x"}]}, "this is no single object"),
            ({"search": [{"object": "witnesses"}, {"value": "x"}]}, "this is no single object"),
            ({"search": [{"object": ""}, {"value": 7}]}, "7 is not a str"),
            ({"all": [{"get": "is_open"}] * 600}, "too large"),
        ],
    )
    def test_what_makes_no_sense_is_told(self, document: Any, found: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            read(document)
        assert found in str(caught.value)

    def test_what_is_deep_is_refused_before_it_is_read(self) -> None:
        document: Any = {"get": "is_open"}
        for _ in range(500):
            document = {"not": document}
        with pytest.raises(InvalidInput, match="too large"):
            read(document)
