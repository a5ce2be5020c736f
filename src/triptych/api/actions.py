"""Addresses of actions: running them, what they would do, plans, receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from triptych.adapters.actions.arguments import read_texts
from triptych.api.messages import Answer, Request
from triptych.api.problems import problem_document, status_of
from triptych.domain.actions import Operation, Outcome
from triptych.domain.errors import InvalidInput, ObjectMissing, Problem, TriptychError
from triptych.services.actions import Backend
from triptych.services.actions.calls import Call, Caller

PLANS, RECEIPTS, SCENARIOS = "plans", "receipts", "scenarios"
_MOST_CALLS = 1_000
_LONGEST_KEY = 255
_MODES = ("preview", "plan", "each")


def action_address(operation: Operation) -> str:
    """Returns the address of an operation.

    Example:
        ```python
        from triptych import open_store
        from triptych.api.actions import action_address
        from triptych.services.actions import Backend

        backend = Backend(open_store("flights", "sqlite:///:memory:"))
        swap = backend.declared.operation("operations.swap_aircraft")
        assert action_address(swap) == "/api/operations/swap-aircraft"
        ```
    """
    parts = (each.replace("_", "-") for each in (operation.service, operation.name))
    return "/".join(("/api", *parts))


class ActionAddresses:
    """Answers everything under the addresses of services, plans and receipts.

    Args:
        backend: What is called.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._operations = {
            tuple(action_address(each).split("/")[2:]): each
            for each in backend.declared.operations.values()
        }
        self.services = {service for service, _ in self._operations}

    def methods(self, request: Request) -> tuple[str, ...]:
        """Returns how an address may be asked."""
        match request.parts[1:]:
            case (str(), _) if request.parts[1:] in self._operations:
                is_action = self._operations[request.parts[1:]].mark.is_action
                return ("POST",) if is_action else ("GET", "HEAD", "POST")
            case (_, _, "commit" | "undo") | ("scenarios",):
                return ("POST",)
        return ("GET", "HEAD")

    async def __call__(self, request: Request) -> Answer:
        """Answers `SERVICE/ACTION`, `plans/ID`, `plans/ID/commit`, `receipts/ID/undo`.

        Raises:
            ObjectMissing: There is no such address.
            InvalidInput: Something that is given does not fit.
        """
        match request.parts[1:]:
            case (str(), _) if request.parts[1:] in self._operations:
                return await self._operation(self._operations[request.parts[1:]], request)
            case ("plans", plan):
                shown = await self._backend.teller.kept_plan(plan, self._caller(request))
                return _json(shown | {"plan": plan})
            case ("plans", plan, "commit"):
                caller = self._caller(request)
                return await self._told(await self._backend.commit_kept(plan, caller), caller)
            case ("scenarios",):
                return await self._scenario(request)
            case ("receipts", receipt):
                actor = self._caller(request).actor
                return _json(await self._backend.teller.entry(receipt, actor))
            case ("receipts", receipt, "undo"):
                caller = self._caller(request)
                return await self._told(await self._backend.undo(receipt, caller), caller)
        raise ObjectMissing("address", "/".join(request.parts))

    def _caller(self, request: Request) -> Caller:
        """Says who asks, and how.

        Raises:
            InvalidInput: A header does not fit.
        """
        key = request.headers.get(b"idempotency-key")
        if key is not None and not (0 < len(key) <= _LONGEST_KEY and key.isascii()):
            found = f"is not 1 to {_LONGEST_KEY} plain letters"
            raise InvalidInput([Problem("Idempotency-Key", found, "a UUID does well")])
        return Caller(
            request.actor,
            None if key is None else key.decode(),
            request.correlation,
            _version(request.headers.get(b"if-match")),
        )

    async def _operation(self, operation: Operation, request: Request) -> Answer:
        """Runs an action in the way that is asked for, or answers a query."""
        caller, pairs = self._caller(request), request.pairs()
        if not operation.mark.is_action:
            raw = _object(request) if request.body else read_texts(operation, pairs)
            done = await self._backend.ask(self._call(operation, raw), caller)
            return _json({"result": done.plain})
        mode = _mode(pairs)
        if request.body.lstrip().startswith(b"["):
            return await self._batch(operation, request, caller, mode)
        call = self._call(operation, _object(request))
        if mode in ("preview", "plan"):
            plan = await self._backend.preview(call, caller)
            document = await self._backend.teller.plan(plan, caller.actor)
            if mode == "preview":
                return _json(document)
            return _json(document | {"plan": await self._backend.keep(plan)}, 201)
        return await self._told(await self._backend.run(call, caller), caller)

    def _call(self, operation: Operation, raw: Mapping[str, Any]) -> Call:
        return self._backend.read_call(operation.full_name, raw)

    async def _batch(
        self, operation: Operation, request: Request, caller: Caller, mode: str
    ) -> Answer:
        """Runs one action many times: all or nothing, or each for itself."""
        raws = _objects(request)
        if mode in ("preview", "plan"):
            raise InvalidInput([Problem(mode, "is not asked of many", "ask for one at a time")])
        if mode == "each":
            return _json({"outcomes": await self._each(operation, raws, caller)})
        calls = [self._call(operation, each) for each in raws]
        return await self._told(await self._backend.run_all(calls, caller), caller)

    async def _each(
        self, operation: Operation, raws: Sequence[Mapping[str, Any]], caller: Caller
    ) -> list[dict[str, Any]]:
        """Runs each call for itself, with a receipt or a problem of its own."""
        outcomes = []
        for place, raw in enumerate(raws):
            key = None if caller.key is None else f"{caller.key}/{place}"
            by = Caller(caller.actor, key, caller.correlation, caller.version)
            try:
                outcome = await self._backend.run(self._call(operation, raw), by)
                told = await self._backend.teller.outcome(outcome, by.actor)
                outcomes.append({"status": 200, **told})
            except TriptychError as raised:
                error = self._backend.policies.concealed(raised, by.actor)
                outcomes.append(problem_document(error, status_of(error), caller.correlation))
        return outcomes

    async def _scenario(self, request: Request) -> Answer:
        """Tries several actions together, and answers questions about what would be.

        The body has `steps` (`action` and `arguments` each), `questions` (`type` and `query`
        each), and `plan`: whether to keep the difference, for somebody to commit.
        """
        raw, caller = _object(request), self._caller(request)
        for name in raw.keys() - {"steps", "questions", "plan"}:
            raise InvalidInput([Problem(name, "is not asked of a scenario", "give steps")])
        calls = [
            self._backend.read_call(_text(each, "action"), _part(each, "arguments"))
            for each in _parts(raw, "steps")
        ]
        async with self._backend.scenario(caller) as scenario:
            for call in calls:
                await scenario.run(call)
            answers = [
                msgspec.Raw((await scenario.answer(_text(each, "type"), _query(each))).json())
                for each in _parts(raw, "questions")
            ]
            plan = scenario.plan
        document = await self._backend.teller.plan(plan, caller.actor) | {"answers": answers}
        if raw.get("plan") is not True:
            return _json(document)
        return _json(document | {"plan": await self._backend.keep(plan)}, 201)

    async def _told(self, outcome: Outcome[Any], caller: Caller) -> Answer:
        return _json(await self._backend.teller.outcome(outcome, caller.actor))


def _json(document: Any, status: int = 200) -> Answer:
    return Answer(msgspec.json.encode(document), status)


def _version(tag: bytes | None) -> int | None:
    """Reads the version that an object must still be at."""
    if tag is None or tag == b"*":
        return None
    text = tag.decode("latin-1").strip('"').partition("-")[0]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput([Problem("If-Match", f"{text!r:.40} is no version", "send an ETag")])
    return int(text)


def _mode(pairs: Sequence[tuple[str, str]]) -> str:
    """Reads in which way an action is asked for; plainly where nothing is said."""
    asked = [name for name, value in pairs if name in _MODES and value == "true"]
    for name, value in pairs:
        if name not in _MODES or value not in ("true", "false"):
            found = f"{value!r:.40} is not asked of an action"
            raise InvalidInput([Problem(name, found, f"say {', '.join(_MODES)}=true")])
    if len(asked) > 1:
        raise InvalidInput([Problem(asked[1], f"does not go with {asked[0]}", "ask for one")])
    return asked[0] if asked else ""


def _decoded(request: Request) -> Any:
    kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        found = f"{kind.decode('latin-1')!r:.60} is not JSON"
        raise InvalidInput([Problem("Content-Type", found, "send application/json")])
    try:
        return msgspec.json.decode(request.body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidInput([Problem("body", str(error), "send a JSON object")]) from None


def _object(request: Request) -> Mapping[str, Any]:
    raw = _decoded(request)
    if not isinstance(raw, dict):
        raise InvalidInput([Problem("body", f"{raw!r:.60} is no object", "send a JSON object")])
    return raw


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str):
        raise InvalidInput([Problem(name, f"{value!r:.60} is no text")])
    return value


def _query(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Reads what is asked in the words of an address."""
    return parse_qsl(str(raw.get("query", "")), keep_blank_values=True, max_num_fields=100)


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name, {})
    if not isinstance(value, dict):
        raise InvalidInput([Problem(name, f"{value!r:.60} is no object")])
    return value


def _parts(raw: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    value = raw.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidInput([Problem(name, f"{value!r:.60} is no list of objects")])
    if len(value) > _MOST_CALLS:
        raise InvalidInput([Problem(name, f"{len(value)} are too many")])
    return value


def _objects(request: Request) -> Sequence[Mapping[str, Any]]:
    raw = _decoded(request)
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        raise InvalidInput([Problem("body", "holds something that is no object")])
    if not 0 < len(raw) <= _MOST_CALLS:
        found = f"{len(raw)} calls are too few or too many"
        raise InvalidInput([Problem("body", found, f"send 1 to {_MOST_CALLS}")])
    return raw
