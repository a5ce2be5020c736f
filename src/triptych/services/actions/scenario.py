"""Scenarios: several actions tried together, before anything of it happens."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.adapters.objects.questions import asks_for_groups
from triptych.adapters.objects.reading import DocumentPage, GroupPage
from triptych.adapters.objects.repository import Repository
from triptych.adapters.objects.sql import SqlStore
from triptych.adapters.objects.work import Work
from triptych.domain.actions import Plan
from triptych.services.actions.calls import Call, Caller
from triptych.services.actions.path import Deed, Done, WritePath
from triptych.services.actions.performing import Performer
from triptych.services.objects import Browser
from triptych.services.policies import Policies

SCENARIO = "scenario"


class Scenario:
    """What would be, if several actions were done one after the other.

    Each action, and every question that is asked of it, sees what those before have done.
    Nothing is written: `plan` is the difference, which is committed whole, or dropped.

    Args:
        store: Where the objects are.
        work: In which it is tried.
        path: Does deeds.
        performer: Makes deeds of calls.
        caller: Who tries.
        policies: What they see.
    """

    def __init__(
        self,
        store: SqlStore,
        work: Work,
        path: WritePath,
        performer: Performer,
        caller: Caller,
        policies: Policies,
    ) -> None:
        self._store, self._work, self._path, self._performer = store, work, path, performer
        self._caller, self._policies = caller, policies
        self._deeds: list[Deed] = []
        self._done: list[Done] = []
        self._needs_approval = False

    async def run(self, call: Call) -> Done:
        """Tries an action; one that is refused leaves the scenario as it was.

        Raises:
            Forbidden: The actor may not.
            MissingOrConflict: It is not possible as things would stand.
        """
        deed = self._performer.deed(call, self._caller)
        mark = self._work.mark()
        try:
            done = await self._path.do(deed, self._caller, self._work)
        except Exception:
            self._work.rewind(mark)
            raise
        self._deeds.append(deed)
        self._done.append(done)
        self._needs_approval = self._needs_approval or call.operation.mark.is_approved
        return done

    def repository[T](self, of: type[T]) -> Repository[T]:
        """Makes a repository that reads what would be."""
        return self._work.repository(of)

    @property
    def browser(self) -> Browser:
        """Looks at what would be, by names and texts, as far as whoever tries it sees."""
        view = self._policies.view_in(self._work, self._caller.actor)
        return Browser(self._store, view=view)

    async def answer(
        self, type_name: str, pairs: Sequence[tuple[str, str]]
    ) -> DocumentPage | GroupPage:
        """Answers a question about what would be: objects, or groups of them.

        Args:
            type_name: An entity or relationship, such as `flight`.
            pairs: What is asked, by names and texts.

        Raises:
            UnknownName: There is no such object type.
            InvalidInput: The question does not fit.
        """
        of = self.browser.ontology.object_type(type_name)
        if asks_for_groups(pairs):
            return await self.browser.aggregate(of, pairs)
        return await self.browser.list(of, pairs)

    @property
    def plan(self) -> Plan:
        """The difference between what is and what would be, to be committed whole."""
        calls = [{"action": each.name, "parameters": dict(each.parameters)} for each in self._deeds]
        return Plan(
            action=SCENARIO,
            maker=self._caller.actor,
            parameters={"calls": calls},
            edits=self._work.changed,
            events=tuple(self._work.events),
            rules=tuple(rule for each in self._done for rule in each.rules),
            result=[each.plain for each in self._done],
            versions={at: each.version for at, each in self._work.seen.items()},
            evidence=tuple(self._work.searches),
            needs_approval=self._needs_approval,
        )
