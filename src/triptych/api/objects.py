"""Addresses of objects: a list, one object, what it is linked to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

from triptych.adapters.objects.questions import asks_for_groups, read_fields
from triptych.adapters.objects.reading import Document, DocumentPage
from triptych.api.messages import Answer, Request
from triptych.domain.errors import InvalidInput, ObjectMissing, Problem
from triptych.domain.ontology import ObjectType
from triptych.services.objects import Browser

type Handler = Callable[[Request], Awaitable[Answer]]


def address(of: ObjectType) -> str:
    """Returns the part of an address that stands for all objects of a type.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.api.objects import address

        assert address(read_ontology("flights").object_type("CrewMember")) == "crew-members"
        ```
    """
    return of.collection.replace("_", "-")


class ObjectAddresses:
    """Answers everything under the address of one object type.

    Args:
        browser: The service that is asked.
        of: The object type.
    """

    def __init__(self, browser: Browser, of: ObjectType) -> None:
        self._browser = browser
        self._of = of

    async def __call__(self, request: Request) -> Answer:
        """Answers `/`, `/ID`, `/ID/LINK` and `/ID/why`; the parts of a composite id stand between commas.

        Raises:
            ObjectMissing: There is no such object, or no such address.
            InvalidInput: A parameter is unknown or does not fit.
            InvalidCursor: The cursor is forged, or of another list.
            UnknownName: There is no such link.
        """
        match request.parts[2:]:
            case ():
                pairs = request.pairs()
                if asks_for_groups(pairs):
                    return Answer((await self._browser.aggregate(self._of, pairs)).json())
                return Answer((await self._browser.list(self._of, pairs)).json())
            case (key,):
                fields = self._fields(request) if request.query else ()
                document = await self._browser.get(self._of, self._key(key), fields)
                return _versioned(document, fields, request)
            case (key, "why") if not self._has_link("why"):
                return await self._why(self._key(key), request.pairs())
            case (key, link):
                return await self._follow(self._key(key), link, request.pairs())
        raise ObjectMissing("address", "/".join(request.parts))

    def _has_link(self, name: str) -> bool:
        return any(each.name == name for each in self._browser.ontology.links_from(self._of.name))

    async def _why(self, key: list[str], pairs: Sequence[tuple[str, str]]) -> Answer:
        """Explains why a rule holds of an object, or does not."""
        rules = [value for name, value in pairs if name == "rule"]
        if len(rules) != 1:
            raise InvalidInput([Problem("rule", f"{len(rules)} are named", "name one rule")])
        given = [pair for pair in pairs if pair[0] != "rule"]
        return Answer((await self._browser.why(self._of, key, rules[0], given)).json())

    async def _follow(self, key: list[str], link: str, pairs: Sequence[tuple[str, str]]) -> Answer:
        if asks_for_groups(pairs):
            groups = await self._browser.aggregate_linked(self._of, key, link, pairs)
            return Answer(groups.json())
        found = await self._browser.follow(self._of, key, link, pairs)
        if isinstance(found, DocumentPage):
            return Answer(found.json())
        return Answer(found.text.encode())

    def _key(self, text: str) -> list[str]:
        return text.split(",") if len(self._of.key) > 1 else [text]

    def _fields(self, request: Request) -> tuple[str, ...]:
        problems: list[Problem] = []
        fields: tuple[str, ...] = ()
        for name, value in request.pairs():
            if name == "fields":
                fields = read_fields(self._of, value, problems)
            else:
                problems.append(Problem(name, "is not asked of one object", "ask for fields only"))
        if problems:
            raise InvalidInput(problems)
        return fields


def _versioned(document: Document, fields: tuple[str, ...], request: Request) -> Answer:
    """Answers with the version as ETag, and with nothing where the caller has it already."""
    shown = sha256(",".join(fields).encode()).hexdigest()[:8].encode() if fields else b""
    tag = b'"%d%s"' % (document.version, b"-" + shown if shown else b"")
    headers = ((b"etag", tag),)
    if request.if_none_match and tag in {
        each.strip() for each in request.if_none_match.split(b",")
    }:
        return Answer(b"", 304, headers=headers)
    return Answer(document.text.encode(), headers=headers)
