"""The tools by which agents ask an application and act: seven, whatever it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, field

from triptych.adapters.objects.page import LARGEST_PAGE
from triptych.adapters.objects.questions import (
    AS_OF,
    asks_for_groups,
    key_parts,
    read_fields,
)
from triptych.adapters.objects.reading import Document
from triptych.api.actions import action_address
from triptych.api.outline import Outline
from triptych.api.tools import Ability, Arguments, Asker, Toolbox
from triptych.domain.errors import InvalidInput, OnlyReads, Problem, TriptychError, UnknownName
from triptych.domain.ontology import Cardinality, ObjectType
from triptych.services.actions import Backend
from triptych.services.actions.calls import Call, Caller
from triptych.services.objects import Browser

_USUAL = 20
_INSTRUCTIONS = (
    "{about} Call describe first: it names all that you may see and do. What is not there for "
    "you is not told. Durations are written PT1H30M, instants 2026-11-23T12:00:00Z. Preview an "
    "action before you run it, and give each run a key of its own: then it may be tried again."
)

type Name = Annotated[
    str, Meta(description="An entity or relationship, such as `Flight`.", max_length=200)
]
type Id = Annotated[
    str, Meta(description="Its id; of a relationship, the ids it joins, between commas.")
]
type Action = Annotated[str, Meta(description="Such as `operations.postpone`; see describe.")]
type Given = Annotated[
    dict[str, Any], Meta(description="What it is given, by name: objects by their ids.")
]


class _Wishes(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is wished of a list."""

    where: Annotated[
        dict[str, Any],
        Meta(
            description="Conditions that must all hold: {'origin': 'JFK', 'delay.gt': 'PT1H', "
            "'origin.name.contains': 'York', 'plane.missing': true, 'number.in': [1, 2]}. "
            "Operators: ne lt le gt ge in missing contains. What rules are given, too."
        ),
    ] = field(default_factory=dict)
    rule: Annotated[tuple[str, ...], Meta(description="Rules that must hold.")] = ()
    search: Annotated[str, Meta(description="Words of its texts; the best come first.")] = ""
    order: Annotated[str, Meta(description="Properties, `-` for the greatest first.")] = ""
    take: Annotated[int, Meta(description="How many at the most; 20 where not said.")] = 0
    after: Annotated[str, Meta(description="`next` of the page before.")] = ""
    fields: Annotated[str, Meta(description="Properties to show, between commas.")] = ""
    include: Annotated[str, Meta(description="Links to show too, between commas.")] = ""
    total: Annotated[bool, Meta(description="Count them all.")] = False
    by: Annotated[
        str, Meta(description="Answer with groups by: carrier, month(departure), bins(x, 10).")
    ] = ""
    measure: Annotated[
        str, Meta(description="Of each group: count, sum(x), mean(x), max(x), percentile(x, 0.9).")
    ] = ""
    as_of: Annotated[str, Meta(description="A moment, or a receipt: what was then.")] = ""

    def pairs(self, taken: int = _USUAL) -> Iterator[tuple[str, str]]:
        """Yields what is wished as names and texts."""
        yield from _texts(self.where)
        yield from (("rule", each) for each in self.rule)
        said = {name: getattr(self, name) for name in _Wishes.__struct_fields__[2:]}
        del said[AS_OF]
        if not (self.by or self.measure):
            said["take"] = self.take or taken
        yield from _texts({name: value for name, value in said.items() if value})


class Describe(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Begin here: names all entities, relationships, rules, actions and queries for you; with a name, tells all about one."""

    name: Annotated[str, Meta(description="What to be told all about.", max_length=200)] = ""


class Search(_Wishes, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Finds objects of one type, or groups and measures them."""

    type: Name


class Get(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Reads one object."""

    type: Name
    id: Id
    fields: Annotated[str, Meta(description="Properties to show, between commas.")] = ""
    as_of: Annotated[str, Meta(description="A moment, or a receipt: what was then.")] = ""


class Links(_Wishes, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Follows a link of one object: to one, or to many, which may be searched and grouped."""

    type: Name
    id: Id
    link: Annotated[str, Meta(description="Such as `departures`.")]


class Preview(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Says what an action would do and which rules decide, and does nothing."""

    action: Action
    arguments: Given = field(default_factory=dict)
    keep: Annotated[bool, Meta(description="Keep it as a plan for somebody to commit.")] = False


class Run(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks a query, or does an action: all that it changes or nothing, kept in the audit."""

    action: Action
    arguments: Given = field(default_factory=dict)
    key: Annotated[
        str,
        Meta(
            description="Of this call: again with the same key does nothing again.",
            max_length=255,
            pattern="^[!-~]*$",
        ),
    ] = ""


class Why(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Says why a rule holds of an object or not; for auditors also why you may read it, or may do an action."""

    type: Name = ""
    id: Id = ""
    rule: Annotated[str, Meta(description="One about the type.")] = ""
    action: Action = ""
    arguments: Given = field(default_factory=dict)


class BackendTools(Toolbox):
    """Lets agents ask an application and act, as far as they may; answers are JSON.

    Args:
        backend: What is asked.
        can_write: Whether agents are granted more than to read.
        largest_page: The most objects of one page.

    Example:
        ```python
        import asyncio

        from triptych import Actor, open_backend
        from triptych.api.backend_tools import BackendTools
        from triptych.api.tools import Asker

        async def main() -> str:
            async with open_backend("flights", "sqlite:///:memory:") as backend:
                asker = Asker(Actor("ada"))
                return await BackendTools(backend).call("search", {"type": "Flight"}, asker)

        assert asyncio.run(main()) == '{"items":[],"next":null}'
        ```
    """

    def __init__(
        self, backend: Backend, *, can_write: bool = False, largest_page: int = LARGEST_PAGE
    ) -> None:
        self._backend, self._can_write = backend, can_write
        self._browser = Browser(backend.store, largest_page)
        self._outline = Outline(backend)
        about = backend.ontology.description or backend.ontology.package
        super().__init__(
            _INSTRUCTIONS.format(about=about),
            {
                "describe": Ability(Describe, self._describe),
                "search": Ability(Search, self._search),
                "get": Ability(Get, self._get),
                "links": Ability(Links, self._links),
                "preview": Ability(Preview, self._preview),
                "run": Ability(Run, self._run, is_reading=not can_write),
                "why": Ability(Why, self._why),
            },
        )

    def told(self, error: TriptychError, asker: Asker) -> TriptychError:
        """Returns what of an error whoever asks may be told: nothing of what they do not see."""
        told = self._backend.policies.concealed(error, asker.actor)
        if not isinstance(told, UnknownName):
            return told
        hidden = self._outline.hidden(asker.actor)
        known = [each for each in told.known if each not in hidden]
        return UnknownName(told.kind, told.name, known)

    async def _describe(self, given: Describe, asker: Asker) -> str:
        if given.name:
            return _json(self._outline.about(given.name, asker.actor))
        told = self._outline.overview(asker.actor)
        granted = "actions may be run" if self._can_write else "only reads, queries and previews"
        return _json(told | {"granted": granted})

    def _seen(self, asker: Asker, as_of: str = "") -> Browser:
        """Looks at objects as whoever asks sees them, perhaps as they were."""
        seen = self._backend.policies.seen(asker.actor)
        browser = self._browser.through(seen.view, seen.sights)
        return browser.at(as_of) if as_of else browser

    async def _search(self, given: Search, asker: Asker) -> str:
        browser, of = self._seen(asker, given.as_of), self._type(given.type)
        pairs = [*given.pairs()]
        if asks_for_groups(pairs):
            return (await browser.aggregate(of, pairs)).json().decode()
        return (await browser.list(of, pairs)).json().decode()

    async def _get(self, given: Get, asker: Asker) -> str:
        of, problems = self._type(given.type), list[Problem]()
        fields = read_fields(of, given.fields, problems)
        if problems:
            raise InvalidInput(problems)
        found = await self._seen(asker, given.as_of).get(of, key_parts(of, given.id), fields)
        return found.text

    async def _links(self, given: Links, asker: Asker) -> str:
        browser, of = self._seen(asker, given.as_of), self._type(given.type)
        link, key = browser.ontology.link(of.name, given.link), key_parts(of, given.id)
        is_many = link.cardinality is Cardinality.MANY
        pairs = [*given.pairs(_USUAL if is_many else 0)]
        if asks_for_groups(pairs):
            return (await browser.aggregate_linked(of, key, given.link, pairs)).json().decode()
        found = await browser.follow(of, key, given.link, pairs)
        return found.text if isinstance(found, Document) else found.json().decode()

    async def _preview(self, given: Preview, asker: Asker) -> str:
        call, teller = await self._called(given, asker), self._backend.teller
        plan = await self._backend.preview(call, Caller(asker.actor, None, asker.correlation))
        document = await teller.plan(plan, asker.actor)
        if given.keep:
            document |= {"plan": await self._backend.keep(plan)}
        return _json(document)

    async def _run(self, given: Run, asker: Asker) -> str:
        call = await self._called(given, asker)
        caller = Caller(asker.actor, given.key or None, asker.correlation)
        if not call.operation.mark.is_action:
            done = await self._backend.ask(call, caller)
            return _json({"result": done.plain})
        if not self._can_write:
            mend = "preview it, and keep the plan for somebody to commit"
            raise OnlyReads(call.operation.full_name, mend)
        outcome = await self._backend.run(call, caller)
        return _json(await self._backend.teller.outcome(outcome, asker.actor))

    async def _called(self, given: Preview | Run, asker: Asker) -> Call:
        """Reads a call of an action, and counts it."""
        call = self._backend.read_call(given.action, given.arguments)
        await asker.count(action_address(call.operation))
        return call

    async def _why(self, given: Why, asker: Asker) -> str:
        permissions, actor = self._backend.permissions, asker.actor
        if given.action:
            call = self._backend.read_call(given.action, given.arguments)
            return _json((await permissions.why_act(actor, call, actor)).plain())
        of = self._type(given.type)
        if not given.rule:
            decision = await permissions.why_read(actor, of, key_parts(of, given.id), actor)
            return _json(decision.plain())
        pairs = [*_texts(given.arguments)]
        found = await self._seen(asker).why(of, key_parts(of, given.id), given.rule, pairs)
        return found.json().decode()

    def _type(self, name: str) -> ObjectType:
        return self._backend.ontology.object_type(name)


def _json(document: Any) -> str:
    return msgspec.json.encode(document).decode()


def _texts(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields values as they stand in an address: texts, between commas where there are several."""
    for name, value in values.items():
        yield name, ",".join(map(_text, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)
