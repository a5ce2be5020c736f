"""Addresses of policies: who may do what, and why."""

from __future__ import annotations

from typing import Any

import msgspec

from triptych.adapters.actions.arguments import read_texts
from triptych.adapters.objects.questions import key_parts
from triptych.api.messages import Answer, Handler, Request
from triptych.domain.actor import read_actor
from triptych.domain.errors import InvalidInput, ObjectMissing, Problem
from triptych.domain.ontology import ObjectType
from triptych.domain.policies import READ
from triptych.services.actions import Backend
from triptych.services.actions.calls import Call

_POLICIES = ("api", "policies")


class PolicyAddresses:
    """Answers `/api/policies`, `/api/policies/why` and `/api/policies/who`, to auditors.

    Args:
        backend: Knows who may do what.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend, self._permissions = backend, backend.permissions

    async def __call__(self, request: Request) -> Answer:
        """Answers one of the addresses.

        Raises:
            ObjectMissing: There is no such address, or no such object.
            AuditForbidden: Whoever asks may not be told.
            InvalidInput: Something that is given does not fit.
        """
        self._permissions.check(request.actor)
        said = dict(request.pairs())
        match request.parts[len(_POLICIES) :]:
            case ():
                return _json(self._permissions.matrix().plain())
            case ("why",):
                actor = read_actor(said.pop("actor", ""))
                what = said.pop("what", READ)
                if what != READ:
                    asked = self._call(what, said)
                    found = await self._permissions.why_act(actor, asked, request.actor)
                else:
                    of, key = self._object(said)
                    found = await self._permissions.why_read(actor, of, key, request.actor)
                return _json(found.plain())
            case ("who",):
                what = said.pop("what", READ)
                of, key = self._object(said)
                call = None if what == READ else self._call(what, said)
                return _json(await self._permissions.who_can(request.actor, of, key, call))
        raise ObjectMissing("address", "/".join(request.parts))

    def _object(self, said: dict[str, str]) -> tuple[ObjectType, list[str]]:
        missing = [name for name in ("type", "id") if name not in said]
        if missing:
            raise InvalidInput([Problem(each, "is not said", "say it") for each in missing])
        of = self._backend.ontology.object_type(said.pop("type"))
        text = said.pop("id")
        return of, key_parts(of, text)

    def _call(self, what: str, said: dict[str, str]) -> Call:
        operation = self._backend.declared.operation(what)
        return self._backend.read_call(what, read_texts(operation, list(said.items())))


def policy_addresses(backend: Backend) -> dict[tuple[str, ...], tuple[str, Handler]]:
    """Returns who answers the addresses of policies, by their parts."""
    handler = PolicyAddresses(backend)
    parts = [_POLICIES, (*_POLICIES, "why"), (*_POLICIES, "who")]
    return {each: ("/".join(("", *each)), handler) for each in parts}


def _json(document: Any) -> Answer:
    return Answer(msgspec.json.encode(document))
