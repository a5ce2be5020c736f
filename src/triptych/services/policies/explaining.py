"""Why somebody may, or may not: each policy, how it came out, and which clauses decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from triptych.adapters.objects.questions import read_key
from triptych.adapters.objects.sight import Sight
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.actor import Actor
from triptych.domain.ontology import ObjectType
from triptych.domain.policies import Effect, decide
from triptych.services.expression.explaining import Clause, explain
from triptych.services.expression.why import types_of, ways, world_of
from triptych.services.policies.registry import NOTHING_SAID, Bound, Stated, place_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one policy came out for one actor and one object.

    Attributes:
        policy: Its name.
        effect: Whether it allows or forbids.
        holds: Whether it holds.
        sentence: What it says.
        place: Where it is declared, as `file:line`.
        clauses: Those that decided; without values where whoever asks may not see them.
    """

    policy: str
    effect: Effect
    holds: bool
    sentence: str
    place: str
    clauses: tuple[Clause, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Writes it as plain JSON."""
        return {
            "policy": self.policy,
            "effect": self.effect,
            "holds": self.holds,
            "sentence": self.sentence,
            "place": self.place,
            "clauses": [str(each) for each in self.clauses],
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether somebody may do something, and why.

    Attributes:
        actor: Who.
        what: What they would do, such as `read Flight 7`.
        may: Whether they may.
        verdicts: How each policy came out.
        note: What decides besides.

    Example:
        ```python
        from triptych.services.policies.explaining import Decision

        assert str(Decision("bob", "read Flight 7", False, ())) == "bob may not read Flight 7"
        ```
    """

    actor: str
    what: str
    may: bool
    verdicts: tuple[Verdict, ...]
    note: str = ""

    def plain(self) -> dict[str, Any]:
        """Writes it as plain JSON."""
        return {
            "actor": self.actor,
            "what": self.what,
            "may": self.may,
            "note": self.note,
            "policies": [each.plain() for each in self.verdicts],
        }

    def __str__(self) -> str:
        lines = [f"{self.actor} {'may' if self.may else 'may not'} {self.what}"]
        if self.note:
            lines[0] += f": {self.note}"
        for each in self.verdicts:
            so = "it is so" if each.holds else "not so"
            lines.append(f"  {each.effect} {each.policy}: {so}: {each.sentence} ({each.place})")
            lines += [f"    {clause}" for clause in each.clauses]
        return "\n".join(lines)


class Explainer:
    """Explains who may read what; for whoever may know.

    Args:
        store: Where the objects are.
        bound: The policies.
        is_open: Whether all may be read of what no policy is about.
    """

    def __init__(self, store: SqlStore, bound: Bound, *, is_open: bool) -> None:
        self._store, self._bound, self._is_open = store, bound, is_open

    async def reading(
        self, actor: Actor, of: ObjectType, key: Sequence[str], asker: Mapping[str, Sight]
    ) -> Decision:
        """Explains why an actor may read an object, or may not.

        Args:
            actor: Who would read it.
            of: Its object type.
            key: The text of its id.
            asker: What whoever asks sees: they are told no more.

        Raises:
            ObjectMissing: There is no such object.
        """
        at, terms = read_key(of, key), self._bound.reads.get(of.name, NOTHING_SAID)
        verdicts: list[Verdict] = []
        may = True
        for each in actor.actors:
            told = [await self._verdict(one, each, of, at, asker) for one in terms.stated]
            verdicts += told
            may = may and decide((v.effect, v.holds) for v in told)
        note = ""
        if actor.is_ours:
            may, note = True, "it is the application itself"
        elif not terms.is_said:
            may = self._is_open
            note = "no policy is about it, " + (
                "and while developing everybody may" if may else "and then nobody may"
            )
        return Decision(str(actor), f"read {of.name} {','.join(key)}", may, tuple(verdicts), note)

    async def _verdict(
        self, stated: Stated, actor: Actor, of: ObjectType, key: Any, asker: Mapping[str, Sight]
    ) -> Verdict:
        understood = stated.understood
        links = ways(understood.expression)
        repository: Any = self._store.repository(of.python)
        found = await world_of(repository, self._store.ontology, key, links)
        arguments = dict.fromkeys(understood.parameters, actor)
        told = explain(understood, replace(found, arguments=arguments))
        looked_at = types_of(understood.expression) | {of.name}
        is_told = all(asker[name].is_whole for name in looked_at)
        clauses = told.clauses if is_told else tuple(replace(c, seen=()) for c in told.clauses)
        policy = stated.policy
        sentence = understood.description or policy.name
        return Verdict(
            policy.name, policy.effect, told.holds, sentence, place_of(policy.rule), clauses
        )
