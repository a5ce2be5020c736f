"""Addresses of objects: a list, one object, what it is linked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from triptych.adapters.objects.paging import check_take
from triptych.adapters.objects.questions import (
    AS_OF,
    asks_for_groups,
    key_parts,
    read_fields,
    read_whole,
)
from triptych.adapters.objects.reading import Document, DocumentPage
from triptych.adapters.objects.values import LARGEST_INT
from triptych.api.messages import Answer, Request
from triptych.domain.actions import last_entry
from triptych.domain.errors import InvalidInput, ObjectMissing, Problem
from triptych.domain.ontology import ObjectType
from triptych.services.actions import Backend
from triptych.services.objects import Browser, read_moment


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
        backend: Knows what each actor sees.
    """

    def __init__(self, browser: Browser, of: ObjectType, backend: Backend) -> None:
        self._browser, self._of = browser, of
        self._policies, self._teller = backend.policies, backend.teller

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
                browser, pairs = self._at(request, request.pairs())
                if asks_for_groups(pairs):
                    return Answer((await browser.aggregate(self._of, pairs)).json())
                return Answer((await browser.list(self._of, pairs)).json())
            case (key,):
                browser, pairs = self._at(request, request.pairs() if request.query else [])
                fields = self._fields(pairs)
                document = await browser.get(self._of, key_parts(self._of, key), fields)
                is_whole = browser.shows_all_of(self._of)
                return _versioned(document, fields, request, is_whole=is_whole)
            case (key, "timeline") if not self._has_link("timeline"):
                return await self._timeline(key_parts(self._of, key), request)
            case (key, "why") if not self._has_link("why"):
                return await self._why(key_parts(self._of, key), request)
            case (key, link):
                return await self._follow(key_parts(self._of, key), link, request)
        raise ObjectMissing("address", "/".join(request.parts))

    def _seen(self, request: Request) -> Browser:
        """Looks at objects as whoever asks sees them."""
        seen = self._policies.seen(request.actor)
        return self._browser.through(seen.view, seen.sights)

    def _at(
        self, request: Request, pairs: list[tuple[str, str]]
    ) -> tuple[Browser, list[tuple[str, str]]]:
        """Finds out of which time is asked, and what else."""
        browser = self._seen(request)
        moments = [value for name, value in pairs if name == AS_OF]
        if not moments:
            return browser, pairs
        rest = [pair for pair in pairs if pair[0] != AS_OF]
        return browser.at(moments[-1]), rest

    async def _timeline(self, key: list[str], request: Request) -> Answer:
        """Tells what became of an object, or the difference between two moments."""
        said, actor = dict(request.pairs()), request.actor
        for name in said.keys() - {"take", "since", "until"}:
            raise InvalidInput([Problem(name, "is not asked of a timeline", "ask for take")])
        if "since" in said or "until" in said:
            edit = await self._teller.difference(self._of, key, _span(said), actor)
            return Answer(msgspec.json.encode(edit))
        take = check_take(read_whole("take", said.get("take", "50")))
        items = await self._teller.timeline(self._of, key, take, actor)
        return Answer(msgspec.json.encode({"items": items}))

    def _has_link(self, name: str) -> bool:
        return any(each.name == name for each in self._browser.ontology.links_from(self._of.name))

    async def _why(self, key: list[str], request: Request) -> Answer:
        """Explains why a rule holds of an object, or does not."""
        pairs = request.pairs()
        rules = [value for name, value in pairs if name == "rule"]
        if len(rules) != 1:
            raise InvalidInput([Problem("rule", f"{len(rules)} are named", "name one rule")])
        given = [pair for pair in pairs if pair[0] != "rule"]
        return Answer((await self._seen(request).why(self._of, key, rules[0], given)).json())

    async def _follow(self, key: list[str], link: str, request: Request) -> Answer:
        browser, pairs = self._at(request, request.pairs())
        if asks_for_groups(pairs):
            groups = await browser.aggregate_linked(self._of, key, link, pairs)
            return Answer(groups.json())
        found = await browser.follow(self._of, key, link, pairs)
        if isinstance(found, DocumentPage):
            return Answer(found.json())
        return Answer(found.text.encode())

    def _fields(self, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
        problems: list[Problem] = []
        fields: tuple[str, ...] = ()
        for name, value in pairs:
            if name == "fields":
                fields = read_fields(self._of, value, problems)
            else:
                problems.append(Problem(name, "is not asked of one object", "ask for fields only"))
        if problems:
            raise InvalidInput(problems)
        return fields


def _span(said: Mapping[str, str]) -> tuple[int, int]:
    """Reads between which entries of the ledger a difference is asked for."""
    moments = [read_moment(said[name]) if name in said else None for name in ("since", "until")]
    since, until = [
        each if isinstance(each, int) or each is None else last_entry(each) for each in moments
    ]
    return since or 0, LARGEST_INT if until is None else until


def _versioned(
    document: Document, fields: tuple[str, ...], request: Request, *, is_whole: bool
) -> Answer:
    """Answers with the version as ETag, and with nothing where the caller has it already.

    Where something of the object is hidden from them, the version would tell that it changes:
    what they see is told by what they see.
    """
    shown = sha256(",".join(fields).encode()).hexdigest()[:8].encode() if fields else b""
    tag = b'"%d%s"' % (document.version, b"-" + shown if shown else b"")
    if not is_whole:
        tag = b'"seen-%s"' % sha256(document.text.encode()).hexdigest()[:24].encode()
    headers = ((b"etag", tag),)
    if request.if_none_match and tag in {
        each.strip() for each in request.if_none_match.split(b",")
    }:
        return Answer(b"", 304, headers=headers)
    return Answer(document.text.encode(), headers=headers)
