"""Coroutines: what stops all of them, and what nobody waits for."""

from __future__ import annotations

from collections.abc import Iterator

from triptych.domain.review import Axis, Call, Finding, Function, Mending, Module, Rule, Severity
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.reviewed import Reviewed
from triptych.services.review.rules.effects import is_request
from triptych.services.review.sites import Site

ASYNC = Rules()
_rule = ASYNC.rule
_BLOCKING = frozenset(
    {
        "time.sleep", "os.system", "subprocess.run", "subprocess.call", "subprocess.check_call",
        "subprocess.check_output", "urllib.request.urlopen", "socket.create_connection",
        "shutil.copytree", "shutil.rmtree", "input", "sqlite3.connect", "psycopg2.connect",
        "smtplib.SMTP", "boto3.client", "boto3.resource",
    }
)  # fmt: skip
_CLIENTS = (
    "sqlite3.Connection.",
    "sqlite3.Cursor.",
    "psycopg2.",
    "pymysql.",
    "pymongo.",
)
_SYNC_CLIENTS = ("httpx.get", "httpx.post", "httpx.put", "httpx.delete", "httpx.request")
_SESSION_CALLS = ("execute", "scalars", "scalar", "query", "commit", "flush", "get", "refresh")
_TASKS = ("asyncio.create_task", "asyncio.ensure_future")
_DEPTH = 4


def _coroutines(module: Module) -> Iterator[tuple[Function, list[Call]]]:
    """Yields the coroutines of a module, with what they call."""
    coroutines = [each for each in module.functions if each.is_async]
    calls = _by_function(module) if coroutines else {}
    for each in coroutines:
        yield each, calls.get(each.name, [])


def _by_function(module: Module) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for each in module.calls:
        found.setdefault(each.within, []).append(each)
    return found


def _blocks(call: Call) -> bool:
    if call.is_awaited:
        return False
    is_client = call.name.startswith(_CLIENTS) and "()" not in call.name
    return call.name in _BLOCKING or is_client or is_request(call) or call.name in _SYNC_CLIENTS


@_rule(
    "ASY001",
    "A coroutine calls what blocks",
    Severity.ERROR,
    Axis.ASYNC,
    "await a library that does not block, or hand it to asyncio.to_thread",
    Mending.UNSAFE,
)
@of_modules()
def coroutine_blocks(module: Module, at: Site) -> Iterator[Finding]:
    """While one coroutine blocks, none runs: every request of the process waits."""
    for function, calls in _coroutines(module):
        for each in calls:
            if _blocks(each):
                found = f"{function.name} calls {each.name}, which blocks"
                yield at.finding(each.line, found, function.name)


@_rule(
    "ASY002",
    "A coroutine uses a session that blocks",
    Severity.ERROR,
    Axis.ASYNC,
    "take an AsyncSession, or write the route without async, so that it runs in a thread",
)
@of_modules()
def coroutine_uses_sync_session(module: Module, at: Site) -> Iterator[Finding]:
    """A session of SQLAlchemy waits for its database and holds everybody up meanwhile."""
    for function, calls in _coroutines(module):
        for each in calls:
            owner, _, verb = each.name.rpartition(".")
            is_sync = owner in ("sqlalchemy.orm.Session", "sqlmodel.Session")
            if is_sync and verb in _SESSION_CALLS and not each.is_awaited:
                found = f"{function.name} calls {each.name}"
                yield at.finding(each.line, found, function.name)
                break


@_rule(
    "ASY003",
    "A coroutine reaches what blocks through other functions",
    Severity.ERROR,
    Axis.ASYNC,
    "make the functions in between coroutines, or hand the first to asyncio.to_thread",
)
def coroutine_reaches_blocking(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """The call that blocks is rarely written in the coroutine itself; one finding for each way."""
    reaching = _Reaching(project)
    ways: dict[tuple[str, ...], list[tuple[Module, Function, Call]]] = {}
    for module in project.code():
        for function, own in _coroutines(module):
            for each in own:
                way = () if each.is_awaited else reaching.way(each)
                if len(way) > 1:
                    ways.setdefault(way, []).append((module, function, each))
    for way, reached in ways.items():
        module, function, each = reached[0]
        more = f", as {len(reached) - 1} more calls do" if len(reached) > 1 else ""
        found = f"{function.name} reaches {way[-1]} by {' > '.join(way[:-1])}{more}"
        yield project.finding(rule, module, each.line, found, function.name)


class _Reaching:
    """How plain functions lead to what blocks; each is followed once."""

    def __init__(self, project: Reviewed) -> None:
        self._project = project
        self._calls: dict[str, dict[str, list[Call]]] = {}
        self._known: dict[str, tuple[str, ...]] = {}

    def way(self, call: Call, depth: int = _DEPTH) -> tuple[str, ...]:
        """Finds how a call of a plain function leads to one that blocks; empty where it does not."""
        if _blocks(call):
            return (call.name,)
        found = self._project.definitions.function(call.name)
        if found is None or found[1].is_async or depth == 0 or found[0].is_test:
            return ()
        module, function = found
        name = f"{module.name}.{function.name}"
        if name not in self._known:
            self._known[name] = ()
            for each in self._calls_of(module).get(function.name, ()):
                way = self.way(each, depth - 1)
                if way:
                    self._known[name] = (function.name, *way)
                    break
        return self._known[name]

    def _calls_of(self, module: Module) -> dict[str, list[Call]]:
        if module.name not in self._calls:
            self._calls[module.name] = _by_function(module)
        return self._calls[module.name]


@_rule(
    "ASY004",
    "Nobody keeps a task",
    Severity.WARNING,
    Axis.ASYNC,
    "keep it until it is done, or use a TaskGroup",
)
@of_modules()
def task_is_not_kept(module: Module, at: Site) -> Iterator[Finding]:
    """A task that nobody holds may be collected before it ends, and its error is heard by nobody."""
    for each in module.calls:
        if each.name in _TASKS and not each.is_kept:
            found = f"nothing keeps the task of {each.name}"
            yield at.finding(each.line, found, each.within)


@_rule(
    "ASY005",
    "A coroutine is never awaited",
    Severity.ERROR,
    Axis.ASYNC,
    "await it",
)
def coroutine_is_not_awaited(project: Reviewed, rule: Rule) -> Iterator[Finding]:
    """It is made, and nothing of it happens."""
    for module in project.code():
        for each in module.calls:
            if each.is_kept or each.is_awaited:
                continue
            found = project.definitions.function(each.name)
            if found is not None and found[1].is_async and not found[1].decorators:
                told = f"{found[1].name} is a coroutine, and nobody awaits it"
                yield project.finding(rule, module, each.line, told, each.within)
