"""The policies of an application at work: what each actor sees, and what is kept from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triptych.adapters.database.database import Fetcher
from triptych.adapters.database.search import searched_columns
from triptych.adapters.objects.sight import Sight
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.view import View
from triptych.adapters.objects.work import Work
from triptych.domain.actor import Actor
from triptych.domain.errors import TriptychError
from triptych.domain.expression import Expression
from triptych.domain.policies import Policy, decide
from triptych.services.policies.changing import Changing
from triptych.services.policies.concealing import concealed
from triptych.services.policies.explaining import Explainer
from triptych.services.policies.registry import NOTHING_SAID, Bound, bind
from triptych.services.policies.showing import Showing
from triptych.services.policies.sights import sights_of

_MOST_ACTORS = 1_024


@dataclass(frozen=True, slots=True)
class Seen:
    """What one actor sees.

    Attributes:
        sights: Of each object type, what is seen of it.
        view: Reads what is.
        showing: Shows objects that are in memory already.
        changing: Checks what they would change.
    """

    sights: Mapping[str, Sight]
    view: View
    showing: Showing
    changing: Changing


class Policies:
    """What actors may read, by the policies of an application.

    Args:
        store: Where the objects are.
        policies: What is declared.
        is_open: Whether all may be read of what no policy is about, as while developing.

    Raises:
        Misconfigured: A policy says what no database can be asked, or names what is not there.

    Example:
        ```python
        from triptych import Actor, open_store
        from triptych.services.policies import Policies, find_policies

        policies = Policies(open_store("flights", "sqlite:///:memory:"), find_policies("flights"))
        assert not policies.sights(Actor("somebody"))["Flight"].is_whole
        ```
    """

    def __init__(
        self, store: SqlStore, policies: Iterable[Policy] = (), *, is_open: bool = False
    ) -> None:
        self._store, self.is_open = store, is_open
        searched = {name: set(_searched(store, name)) for name in store.access}
        self.bound: Bound = bind(store.rules, policies, searched)
        for expression in self.expressions():
            store.check_askable(expression)
        self.explainer = Explainer(store, self.bound, is_open=is_open)
        self._known: dict[Any, Seen] = {}

    def expressions(self) -> Iterator[Expression]:
        """Yields what all policies about objects say."""
        fields = (terms for each in self.bound.fields.values() for terms in each.values())
        for terms in (*self.bound.reads.values(), *fields, *self.bound.changes.values()):
            for stated in terms.stated:
                yield stated.understood.expression
                if stated.mask is not None:
                    yield stated.mask

    @property
    def unsaid(self) -> list[str]:
        """Names the object types that no policy is about."""
        types = self._store.ontology.object_types
        return [each.name for each in types if not self._is_said(each.name)]

    def _is_said(self, type_name: str) -> bool:
        return self.bound.reads.get(type_name, NOTHING_SAID).is_said

    def sights(self, actor: Actor) -> Mapping[str, Sight]:
        """Says what an actor sees of each object type."""
        return self.seen(actor).sights

    def view(self, actor: Actor, moment: datetime | int | None = None) -> View:
        """Returns what an actor sees of what is, or of what was.

        Raises:
            InvalidInput: The moment is in no time zone.
        """
        known = self.seen(actor)
        return known.view if moment is None else self._store.as_of(moment, known.sights)

    def view_in(self, fetcher: Fetcher, actor: Actor) -> View:
        """Returns what an actor sees in a piece of work."""
        return self._store.seen(self.sights(actor), fetcher)

    def showing(self, actor: Actor) -> Showing:
        """Returns what shows objects in memory to an actor."""
        return self.seen(actor).showing

    def seen(self, actor: Actor) -> Seen:
        """Returns what an actor sees; it is worked out once for each."""
        key = _fingerprint(actor)
        known = self._known.get(key)
        if known is None:
            types = self._store.ontology.object_types
            sights = sights_of(self.bound, types, actor, is_open=self.is_open)
            view = self._store.seen(sights)
            showing = Showing(self._store, sights, view)
            known = Seen(sights, view, showing, Changing(self.bound, self._store, actor))
            if len(self._known) >= _MOST_ACTORS:
                self._known.pop(next(iter(self._known)))
            self._known[key] = known
        return known

    def may_audit(self, actor: Actor) -> bool:
        """Tells whether an actor may read plans and the ledger, whoever made them."""
        if actor.is_ours or (self.is_open and not self.bound.audit):
            return True
        return all(_may(self.bound.audit, each) for each in actor.actors)

    async def check_changes(self, actor: Actor, work: Work) -> None:
        """Checks that an actor may change what a piece of work would change.

        Raises:
            ChangeForbidden: They may not.
        """
        await self.seen(actor).changing.check(work)

    def concealed(self, error: TriptychError, actor: Actor) -> TriptychError:
        """Takes out of an error what the actor may not see."""
        return concealed(error, self.sights(actor))


def _searched(store: SqlStore, type_name: str) -> Iterator[str]:
    """Names the properties of an object type that are searched by words."""
    stored = store.access[type_name].stored
    names = searched_columns(stored.table)
    return (each.path[0] for each in stored.layout.columns if each.name in names)


def _may(policies: Iterable[Policy], actor: Actor) -> bool:
    return decide((each.effect, bool(_asked(each, actor))) for each in policies)


def _asked(policy: Policy, actor: Actor) -> Any:
    """Asks the rule of a policy that is about nothing but the actor."""
    code = policy.rule.__code__
    return policy.rule(**dict.fromkeys(code.co_varnames[: code.co_argcount], actor))


def _fingerprint(actor: Actor) -> Any:
    """Tells an actor from every other one who may see something else."""
    claims = sorted([(name, repr(value)) for name, value in actor.claims.items()])
    agent = None if actor.agent is None else _fingerprint(actor.agent)
    return type(actor), actor.id, actor.roles, tuple(claims), agent
