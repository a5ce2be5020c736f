"""Objects: where they are kept, and looking at them by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from triptych.adapters.expression.texts import find_rule, read_arguments
from triptych.adapters.objects.page import LARGEST_PAGE
from triptych.adapters.objects.questions import (
    Grounds,
    GroupQuestion,
    Question,
    read_group_question,
    read_key,
    read_question,
)
from triptych.adapters.objects.reading import Document, DocumentPage, DocumentReader, GroupPage
from triptych.adapters.objects.sight import Sight
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.values import LARGEST_INT, Unfit, parse, read_value
from triptych.adapters.objects.view import View
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression import Condition, join_conditions
from triptych.domain.expression.building import both
from triptych.domain.ontology import Cardinality, Link, ObjectType, Ontology, Scalar, ScalarKind
from triptych.services.expression import Explanation, why


class Browser:
    """Looks at the objects of a store by names and texts, as JSON documents.

    It serves every way in: HTTP and the shell ask the same questions here.

    Args:
        store: Where the objects are kept.
        largest_page: The most objects of one page.
        view: How they are seen; as they are where it is `None`.
        sights: What whoever looks sees of each object type; everything where it is `None`.

    Example:
        ```python
        import asyncio

        from triptych import open_store
        from triptych.services.objects import Browser

        async def main() -> bytes:
            store = open_store("flights", "sqlite:///:memory:")
            await store.open()
            browser = Browser(store)
            page = await browser.list(browser.ontology.object_type("flight"), [("origin", "JFK")])
            await store.close()
            return page.json()

        assert asyncio.run(main()) == b'{"items":[],"next":null}'
        ```
    """

    def __init__(
        self,
        store: SqlStore,
        largest_page: int = LARGEST_PAGE,
        view: View | None = None,
        sights: Mapping[str, Sight] | None = None,
    ) -> None:
        self.store = store
        self.largest_page = largest_page
        self._objects, self._sights = view or store, sights
        self._reader = DocumentReader(self._objects)
        self._grounds: dict[str, Grounds] = {}

    @property
    def ontology(self) -> Ontology:
        """What the objects are."""
        return self.store.ontology

    def at(self, moment: str) -> Browser:
        """Looks at what was, at a moment or after an entry of the ledger.

        Args:
            moment: In ISO 8601 with a zone; or a receipt.

        Raises:
            InvalidInput: It is neither.
        """
        return self.through(self.store.as_of(read_moment(moment), self._sights), self._sights)

    def through(self, view: View, sights: Mapping[str, Sight] | None = None) -> Browser:
        """Looks at the same objects in another way.

        Args:
            view: How they are seen.
            sights: What whoever looks sees of each object type.
        """
        other = Browser(self.store, self.largest_page, view, sights)
        other._grounds = self._grounds
        return other

    def shows_all_of(self, of: ObjectType) -> bool:
        """Tells whether no property of such an object is hidden or masked."""
        return self._sights is None or not self._sights[of.name].screens

    async def get(
        self, of: ObjectType, key: Sequence[str], fields: tuple[str, ...] = ()
    ) -> Document:
        """Reads one object by the text of its id.

        Raises:
            InvalidInput: The text is not an id of this object type.
            ObjectMissing: There is no such object.
        """
        return await self._reader.get(of.name, read_key(of, key), fields)

    async def aggregate(self, of: ObjectType, pairs: Iterable[tuple[str, str]]) -> GroupPage:
        """Groups objects and measures each group, as the parameters ask.

        Raises:
            InvalidInput: A parameter is unknown or does not fit.
        """
        return await self._reader.groups(of.name, self._groups(of, pairs))

    def _groups(self, of: ObjectType, pairs: Iterable[tuple[str, str]]) -> GroupQuestion:
        return read_group_question(of, pairs, self._asked_by(of))

    async def aggregate_linked(
        self, of: ObjectType, key: Sequence[str], name: str, pairs: Iterable[tuple[str, str]]
    ) -> GroupPage:
        """Groups what a link to many leads to from one object.

        Raises:
            UnknownName: There is no such link.
            InvalidInput: It leads to one; or a parameter is unknown or does not fit.
        """
        link = self.ontology.link(of.name, name)
        if link.cardinality is not Cardinality.MANY:
            found = f"{link.name} leads to one {link.target}, which is no list"
            raise InvalidInput([Problem(link.name, found, "ask for fields only")])
        asked = self._groups(self.ontology.object_type(link.target), pairs)
        led_to = self._reader.led_to(link, read_key(of, key))
        condition = join_conditions(both, [led_to, asked.condition])
        return await self._reader.groups(link.target, replace(asked, condition=condition))

    async def list(self, of: ObjectType, pairs: Iterable[tuple[str, str]]) -> DocumentPage:
        """Reads one page of a list, as its parameters ask.

        Raises:
            InvalidInput: A parameter is unknown or does not fit.
            InvalidCursor: The cursor is forged, or of another list.
            UnknownName: There is no such link.
        """
        return await self._reader.page(of.name, self._question(of, pairs))

    def _question(self, of: ObjectType, pairs: Iterable[tuple[str, str]]) -> Question:
        return read_question(of, pairs, self._asked_by(of), self.largest_page)

    def _asked_by(self, of: ObjectType) -> Grounds:
        if of.name not in self._grounds:
            read = (self.store.rules.read(each.python) for each in self.ontology.rules)
            about = {each.name: each for each in read if each.type_name == of.name}
            self._grounds[of.name] = Grounds(self.store.rules, about)
        return self._grounds[of.name]

    async def why(
        self, of: ObjectType, key: Sequence[str], rule: str, pairs: Iterable[tuple[str, str]]
    ) -> Explanation:
        """Explains why a rule holds of an object, or does not.

        Raises:
            InvalidInput: There is no such rule about it, or its arguments do not fit.
            ObjectMissing: There is no such object.
        """
        understood = find_rule(self._asked_by(of).rules, rule)
        given = dict(pairs)
        for name in given.keys() - understood.parameters.keys():
            unknown = UnknownName(f"parameter of {rule}", name, understood.parameters)
            raise InvalidInput([Problem(name, str(unknown))])
        try:
            arguments = read_arguments(understood, given, read_value)
        except Unfit as error:
            raise InvalidInput([Problem(rule, str(error))]) from None
        function = next(each.python for each in self.ontology.rules if each.name == rule)
        return await why(self._objects, function, read_key(of, key), **arguments)

    async def follow(
        self, of: ObjectType, key: Sequence[str], name: str, pairs: Iterable[tuple[str, str]]
    ) -> Document | DocumentPage:
        """Reads what a link leads to: one object, or a page of a list.

        Raises:
            UnknownName: There is no such link.
            InvalidInput: A parameter is unknown or does not fit.
            InvalidCursor: The cursor is forged, or of another list.
            ObjectMissing: The object where it starts is not there, or is linked to none.
        """
        link = self.ontology.link(of.name, name)
        target = self.ontology.object_type(link.target)
        question = self._question(target, pairs)
        start = read_key(of, key)
        if link.cardinality is Cardinality.MANY:
            return await self._reader.follow(link, start, question)
        _check_single(link, question)
        return await self._reader.follow_one(link, start, question.fields)

    async def is_ready(self) -> bool:
        """Asks the database for a sign of life.

        Raises:
            DatabaseUnavailable: It gives none.
        """
        rows: Sequence[Sequence[Any]] = await self.store.database.fetch("SELECT 1")
        return bool(rows)


def read_moment(text: str) -> datetime | int:
    """Reads a moment: in ISO 8601 with a zone; or a receipt, for just after it.

    Raises:
        InvalidInput: It is neither.

    Example:
        ```python
        from triptych.services.objects import read_moment

        assert read_moment("7168") == 7168
        assert read_moment("2026-11-23T12:00:00Z").hour == 12
        ```
    """
    if text.isascii() and text.isdigit() and len(text) < 20:
        return min(int(text), LARGEST_INT)
    try:
        moment: datetime = parse(Scalar(ScalarKind.DATETIME), text)
    except Unfit as error:
        mend = "write it as 2026-11-23T12:00:00Z, or give a receipt"
        raise InvalidInput([Problem("as_of", str(error), mend)]) from None
    return moment


def _check_single(link: Link, question: Question) -> None:
    """Checks that nothing is asked of a link to one that only a list could answer."""
    listing = question.listing
    asks_list = listing.condition != Condition(link.target) or listing.after or question.include
    if asks_list or question.is_counted:
        found = f"{link.name} leads to one {link.target}, which is no list"
        raise InvalidInput([Problem(link.name, found, "ask for fields only")])
