"""Every read and every action, as every role, through every way in, against the matrix."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from dataclasses import dataclass
from typing import Any

from triptych.api.application import Application
from triptych.api.backend_tools import BackendTools
from triptych.api.tools import Asker
from triptych.cli.main import application
from triptych.domain.actions import Operation
from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.errors import TriptychError
from triptych.domain.ontology import ObjectType
from triptych.infrastructure.configuration import Settings
from triptych.infrastructure.environment import set_variable
from triptych.services.actions import Backend
from triptych.services.actions.calls import Caller
from triptych.services.objects import Browser
from triptych.services.policies.matrix import May
from triptych.services.stores import open_store
from triptych.testing.samples import sample

WAYS = ("python", "http", "shell", "agent")
_REFUSED = {"not-allowed", "missing", "audit-not-allowed"}


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """One thing that somebody of a role would do in one way.

    Attributes:
        what: Such as `read Flight` or `operations.postpone`.
        role: Whoever would do it; `anonymous` for nobody in particular.
        way: `python`, `http`, `shell`, or `agent` for its tools.
        may: What the matrix says.

    Example:
        ```python
        from triptych.testing import policy_cases

        case = next(each for each in policy_cases("flights") if each.way == "python")
        assert case.what in str(case)
        ```
    """

    what: str
    role: str
    way: str
    may: May

    def __str__(self) -> str:
        return f"{self.role} {self.what} by {self.way}: {self.may}"

    @property
    def actor(self) -> Actor:
        """Somebody of the role, of whom no more is known."""
        if self.role == ANONYMOUS.id:
            return ANONYMOUS
        return Actor("somebody", frozenset({self.role}))

    async def check(self, backend: Backend, url: str) -> None:
        """Does it, and holds what comes of it against the matrix.

        Nothing is changed: actions are previewed.

        Args:
            backend: Open, with some objects in it.
            url: The address of its database, which the shell opens for itself.

        Raises:
            AssertionError: The matrix says something else.
        """
        world = _World(backend, url, self)
        if self.what.startswith("read "):
            await world.read(backend.ontology.object_type(self.what.removeprefix("read ")))
        else:
            await world.act(backend.declared.operation(self.what))


def policy_cases(package: str) -> list[PolicyCase]:
    """Lists all that there is to be tried of an application.

    Args:
        package: Its name, such as `flights`.

    Example:
        ```python
        from triptych.testing import policy_cases

        cases = [str(each) for each in policy_cases("flights")]
        assert "anonymous read CrewMember by http: none" in cases
        ```
    """
    matrix = Backend(open_store(package, "sqlite:///:memory:")).permissions.matrix()
    return [
        PolicyCase(what, role, way, matrix.cell(what, role).may)
        for what in matrix.rows
        for role in matrix.roles
        for way in WAYS
    ]


@dataclass(slots=True)
class _World:
    """One case in one backend."""

    backend: Backend
    url: str
    case: PolicyCase

    async def read(self, of: ObjectType) -> None:
        whole = await self.backend.store.repository(of.python).count()
        seen = await getattr(self, f"_count_by_{self.case.way}")(of)
        fitting = {May.ALL: seen == whole, May.NONE: seen == 0, May.SOME: seen <= whole}
        self._hold(f"{seen} of {whole} are seen", is_so=fitting[self.case.may])

    async def act(self, operation: Operation) -> None:
        code = await getattr(self, f"_try_by_{self.case.way}")(operation)
        fitting = {May.ALL: code != "not-allowed", May.NONE: code in _REFUSED, May.SOME: True}
        self._hold(code or "done", is_so=fitting[self.case.may])

    def _hold(self, found: str, *, is_so: bool) -> None:
        if not is_so:
            raise AssertionError(f"{self.case}: {found}")

    async def _count_by_python(self, of: ObjectType) -> int:
        view = self.backend.policies.view(self.case.actor)
        page = await Browser(self.backend.store, view=view).list(of, [("total", "true")])
        return page.total or 0

    async def _count_by_http(self, of: ObjectType) -> int:
        path = f"/api/{of.collection.replace('_', '-')}"
        _, found = await self._asked("GET", path, b"total=true")
        return int(found["total"])

    async def _count_by_shell(self, of: ObjectType) -> int:
        said = await self._typed("list", of.name, "--total", "--json", "--take", "1")
        return int(json.loads(said)["total"])

    async def _count_by_agent(self, of: ObjectType) -> int:
        given = {"type": of.name, "total": True, "take": 1}
        return int((await self._called("search", given))["total"])

    async def _arguments(self, operation: Operation) -> dict[str, Any]:
        """Makes what an action is given: objects that are there, and samples."""
        raw: dict[str, Any] = {}
        for each in operation.inputs:
            if each.value.default is not None:
                continue
            raw[each.name] = sample(each.value)
            if each.entity is not None:
                of = self.backend.ontology.object_type(each.entity)
                page = await Browser(self.backend.store).list(of, [("take", "1"), ("fields", "id")])
                found = json.loads(page.texts[0])["id"] if page.texts else raw[each.name]
                raw[each.name] = found if each.held is None else [found]
        return raw

    async def _try_by_python(self, operation: Operation) -> str:
        try:
            raw = await self._arguments(operation)
            call, caller = self.backend.read_call(operation.full_name, raw), Caller(self.case.actor)
            if operation.mark.is_action:
                await self.backend.preview(call, caller)
            else:
                await self.backend.ask(call, caller)
        except TriptychError as error:
            return error.code
        return ""

    async def _try_by_http(self, operation: Operation) -> str:
        path = f"/api/{operation.service}/{operation.name}".replace("_", "-")
        query = b"preview=true" if operation.mark.is_action else b""
        body = json.dumps(await self._arguments(operation)).encode()
        status, found = await self._asked("POST", path, query, body)
        return "" if status < 400 else str(found["code"])

    async def _try_by_shell(self, operation: Operation) -> str:
        raw = await self._arguments(operation)
        words = [operation.service.replace("_", "-"), operation.name.replace("_", "-")]
        named: list[str] = []
        for each in operation.inputs:
            if each.name in raw and each.entity is not None:
                words.append(_text(raw[each.name]))
            elif raw.get(each.name) is not None:
                named += [f"--{each.name.replace('_', '-')}", _text(raw[each.name])]
        said = await self._typed(*words, *named, "--preview", "--json")
        with contextlib.suppress(ValueError):
            json.loads(said)
            return ""
        return "missing" if "there is no" in said else "not-allowed" if "may not" in said else said

    async def _try_by_agent(self, operation: Operation) -> str:
        given = {"action": operation.full_name, "arguments": await self._arguments(operation)}
        try:
            await self._called("preview" if operation.mark.is_action else "run", given)
        except TriptychError as error:
            return error.code
        return ""

    async def _called(self, tool: str, given: dict[str, Any]) -> Any:
        """Calls a tool of agents."""
        found = await BackendTools(self.backend).call(tool, given, Asker(self.case.actor))
        return json.loads(found)

    async def _asked(
        self, method: str, path: str, query: bytes, body: bytes = b""
    ) -> tuple[int, Any]:
        """Asks a server in process, as whoever develops on this machine."""
        name = f"{self.case.actor.id}:{self.case.role}"
        said = Settings(actor="" if self.case.actor is ANONYMOUS else name)
        app = Application(Browser(self.backend.store), said, self.backend)
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": [(b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
        }
        await app(scope, receive, send)
        text = b"".join(each.get("body", b"") for each in sent[1:])
        return int(sent[0]["status"]), json.loads(text)

    async def _typed(self, *words: str) -> str:
        """Types a command, and returns what it prints, errors too."""
        name = f"{self.case.actor.id}:{self.case.role}"
        whole = [*words, "--as", "anonymous" if self.case.actor is ANONYMOUS else name]

        def run() -> str:
            shown = io.StringIO()
            with (
                set_variable("TRIPTYCH_DATABASE", self.url),
                contextlib.redirect_stdout(shown),
                contextlib.redirect_stderr(shown),
            ):
                application(self.backend.ontology.package).run(whole)
            return shown.getvalue()

        return await asyncio.to_thread(run)


def _text(value: Any) -> str:
    """Writes a value as it is typed: texts as they are, the rest as JSON, several by commas."""
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)
