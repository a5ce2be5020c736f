"""The ontology as a value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.domain.errors import UnknownName
from triptych.domain.ontology import (
    Bounds,
    Cardinality,
    Choice,
    Ontology,
    ScalarKind,
    Source,
    collection_name,
    snake_case,
)
from triptych.domain.ontology.names import link_name

_NAMES = st.from_regex(r"[A-Z][a-z]{1,8}([A-Z][a-z]{1,8}){0,3}", fullmatch=True)


class TestNames:
    @given(_NAMES)
    def test_snake_case_is_lower_case_and_loses_no_letter(self, name: str) -> None:
        assert snake_case(name).replace("_", "") == name.lower()

    @given(_NAMES)
    def test_a_collection_is_never_called_like_its_type(self, name: str) -> None:
        assert collection_name(name) != snake_case(name)

    @pytest.mark.parametrize(
        ("property_name", "expected"),
        [("home_id", "home"), ("author_ids", "author"), ("plane", "plane"), ("_id", "_id")],
    )
    def test_a_link_is_called_without_id(self, property_name: str, expected: str) -> None:
        assert link_name(property_name) == expected


class TestOntology:
    @pytest.mark.parametrize("name", ["Book", "book", "books", "BOOKS"])
    def test_an_object_type_is_found_by_any_of_its_names(
        self, library: Ontology, name: str
    ) -> None:
        assert library.object_type(name).name == "Book"

    def test_an_object_type_is_found_by_its_class(self, library: Ontology) -> None:
        book = library.object_type("book")
        assert library.object_type(book.python) is book

    def test_an_unknown_type_is_refused_with_the_nearest(self, library: Ontology) -> None:
        with pytest.raises(UnknownName, match="did you mean 'Book'"):
            library.object_type("boook")

    def test_an_unknown_class_is_refused(self, library: Ontology) -> None:
        with pytest.raises(UnknownName, match="no object type 'int'"):
            library.object_type(int)

    def test_it_cannot_be_changed(self, library: Ontology) -> None:
        with pytest.raises(FrozenInstanceError):
            library.package = "other"  # type: ignore[misc]  # what is tested

    def test_a_property_that_is_not_there_is_a_key_error(self, library: Ontology) -> None:
        with pytest.raises(KeyError):
            library.object_type("Book").property("colour")


class TestLinks:
    def test_every_link_leads_back(self, library: Ontology) -> None:
        for link in library.links:
            back = library.link(link.target, link.inverse)
            assert back.target == link.source
            assert back.reversed() == link

    @pytest.mark.parametrize(
        ("source", "name", "cardinality", "target", "inverse"),
        [
            ("Book", "authors", Cardinality.MANY, "Author", "books"),
            ("Book", "home", Cardinality.OPTIONAL, "Branch", "books"),
            ("Author", "teacher", Cardinality.OPTIONAL, "Author", "pupils"),
            ("Author", "pupils", Cardinality.MANY, "Author", "teacher"),
            ("Review", "critic", Cardinality.ONE, "Author", "reviews"),
        ],
    )
    def test_links_have_names_and_cardinality_at_both_ends(
        self,
        library: Ontology,
        source: str,
        name: str,
        cardinality: Cardinality,
        target: str,
        inverse: str,
    ) -> None:
        link = library.link(source, name)
        assert (link.cardinality, link.target, link.inverse) == (cardinality, target, inverse)

    def test_an_unknown_link_is_refused(self, library: Ontology) -> None:
        with pytest.raises(UnknownName, match="link of Book"):
            library.link("Book", "publisher")


class TestTypes:
    @pytest.mark.parametrize(
        ("bounds", "sentence"),
        [
            (Bounds(0, 9), "from 0 to 9"),
            (Bounds(low=1), "at least 1"),
            (Bounds(high=5), "at most 5"),
            (Bounds(high=5, pattern="a+"), "at most 5, matching a+"),
            (Bounds(), ""),
        ],
    )
    def test_bounds_are_told_in_words(self, bounds: Bounds, sentence: str) -> None:
        assert bounds.sentence == sentence

    def test_a_choice_is_called_by_its_values(self) -> None:
        assert Choice(ScalarKind.INT, (3, 5)).label == "3 | 5"

    def test_annotations_are_written_as_in_python(self, library: Ontology) -> None:
        book = library.object_type("Book")
        written = {each.name: each.annotation for each in book.properties}
        assert written["authors"] == "tuple[AuthorId, ...]"
        assert written["tags"] == "frozenset[str]"
        assert written["lent_for"] == "Range[timedelta] | None"
        assert written["genre"] == "Genre"
        assert written["state"] == "'new' | 'old'"

    def test_a_source_is_written_as_editors_read_it(self) -> None:
        assert str(Source("a/b.py", 3)) == "a/b.py:3"
