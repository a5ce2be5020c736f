"""Effects: databases, networks, and what happens when a module is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triptych.domain.review import (
    Axis,
    Call,
    Finding,
    Function,
    Layer,
    Mending,
    Module,
    Parameter,
    Severity,
)
from triptych.services.review.lexicon import CLIENTS, PORTS
from triptych.services.review.registry import Rules, of_modules
from triptych.services.review.sites import Site

EFFECTS = Rules()
_rule = EFFECTS.rule
_SESSIONS = ("Session", "session", "AsyncSession", "Connection", "connection", "Cursor", "cursor")
_ASKS = ("execute", "scalars", "scalar", "fetch", "fetchrow", "fetchval", "query", "get")
_ENGINES = (
    "create_engine", "create_async_engine", "create_all", "MongoClient", "AsyncIOMotorClient",
    "Redis", "from_url", "connect",
)  # fmt: skip
_REQUESTS = ("get", "post", "put", "patch", "delete", "head", "options", "request", "urlopen")
_STATEMENTS = ("execute", "exec_driver_sql", "executemany", "fetch", "fetchrow", "fetchval")
_GLOBALS = ("random.seed", "locale.setlocale", "os.chdir", "os.putenv", "os.umask")
_PLAIN = ("", "int", "str", "float", "bool", "UUID", "Decimal", "date", "datetime", "list", "dict")
_BOUNDED_BY = ("", "fastapi.Query", "fastapi.Body", "fastapi.Form")
_SIZES = ("limit", "page_size", "per_page", "size", "take")
_PART = re.compile(r"\{(\w+)(?::\w+)?\}")
_READS = ("get", "find", "fetch", "load", "list", "by", "one", "first", "read")


@_rule(
    "KIN001",
    "A repository commits",
    Severity.WARNING,
    Axis.EFFECTS,
    "let the unit of work commit, once, when all is done",
)
@of_modules(Layer.KINETIC)
def repository_commits(module: Module, at: Site) -> Iterator[Finding]:
    """Two repositories that both commit cannot be used in one transaction."""
    for each in module.calls:
        owner = each.within.partition(".")[0]
        is_kept = owner.endswith(("Repository", "Repo", "Dao", "DAO"))
        if is_kept and each.verb in ("commit", "rollback") and _is_session(each):
            found = f"{each.within} calls {each.verb}"
            yield at.finding(each.line, found, each.within)


def is_migration(module: Module) -> bool:
    """Tells whether a module only brings a database from one shape to the next, once."""
    return bool({"migrations", "alembic", "_migrations"} & set(module.name.split(".")))


def _is_session(call: Call) -> bool:
    owner, _, verb = call.name.rpartition(".")
    # What is called a connection may be a dictionary, of which things are got, too.
    is_sure = verb != "get" or owner.endswith(_SESSIONS[:3])
    return owner.endswith(_SESSIONS) and is_sure and owner.partition(".")[0] not in CLIENTS


@_rule(
    "KIN004",
    "A request has no time limit",
    Severity.WARNING,
    Axis.EFFECTS,
    "say timeout=",
    Mending.UNSAFE,
)
@of_modules()
def request_without_timeout(module: Module, at: Site) -> Iterator[Finding]:
    """A server that never answers keeps its caller for ever; `httpx` limits by itself."""
    for each in module.calls:
        if is_request(each) and not {"timeout", "**"} & set(each.keywords):
            yield at.finding(each.line, f"{each.name} without timeout", each.within)


def is_request(call: Call) -> bool:
    """Tells whether a call asks another system and waits, by one of the two that never give up."""
    owner, _, verb = call.name.rpartition(".")
    is_asked = owner in ("requests", "requests.Session") and verb in _REQUESTS
    return is_asked or call.name == "urllib.request.urlopen"


@_rule(
    "KIN005",
    "Importing a module reaches out",
    Severity.WARNING,
    Axis.EFFECTS,
    "make it in the composition root, or in a function that is called when it starts",
)
@of_modules()
def import_has_effects(module: Module, at: Site) -> Iterator[Finding]:
    """A module that connects when it is imported cannot be tested, or even looked at, without it."""
    if at.layer is Layer.ROOT:
        return
    for each in module.calls:
        if not each.within and is_connected(each):
            found = f"{each.name} is called when the module is imported"
            yield at.finding(each.line, found)


def is_connected(call: Call) -> bool:
    """Tells whether a call connects to a database, or makes what does."""
    is_vague = call.verb in ("connect", "from_url")
    is_known = call.verb in _ENGINES and "." in call.name
    return is_known and (not is_vague or _is_driver(call.name))


def _is_driver(name: str) -> bool:
    return name.startswith(("sqlite3.", "psycopg", "asyncpg.", "redis.", "pymysql.", "aio_pika."))


@_rule(
    "KIN007",
    "A statement runs for each of many",
    Severity.INFO,
    Axis.EFFECTS,
    "ask once for all of them: WHERE id IN (...), or a join",
)
@of_modules()
def statement_per_item(module: Module, at: Site) -> Iterator[Finding]:
    """A hundred questions of a millisecond are a tenth of a second."""
    for each in () if is_migration(module) else module.calls:
        if each.loops and _is_session(each) and each.verb in (*_ASKS, "commit"):
            found = f"{each.name} in a loop"
            yield at.finding(each.line, found, each.within)


@_rule(
    "DYN004",
    "A repository is asked for each of many",
    Severity.WARNING,
    Axis.EFFECTS,
    "give the repository a method that takes all of them",
)
@of_modules(Layer.DYNAMIC, Layer.ENTRY)
def repository_per_item(module: Module, at: Site) -> Iterator[Finding]:
    """What looks like a call of a method is a question to a database."""
    for each in module.calls:
        owner = each.name.rpartition(".")[0]
        is_port = owner.endswith(PORTS[:3])
        if each.loops and is_port and each.verb.startswith(_READS):
            found = f"{each.name} in a loop"
            yield at.finding(each.line, found, each.within)


@_rule(
    "KIN009",
    "SQL is put together of what a parameter gave",
    Severity.ERROR,
    Axis.SAFETY,
    "write a placeholder, and hand the value over beside the text",
)
@of_modules()
def sql_of_parameters(module: Module, at: Site) -> Iterator[Finding]:
    """Who can say the parameter can say the statement."""
    for each in () if is_migration(module) else module.calls:
        is_text = each.name in ("sqlalchemy.text", "sqlalchemy.sql.text")
        is_run = each.verb in _STATEMENTS and _is_session(each)
        if each.first == "built" and (is_text or is_run):
            found = f"{each.within} builds the text that {each.verb} is given"
            yield at.finding(each.line, found, each.within)


@_rule(
    "DYN003",
    "A way in ignores what it is given",
    Severity.WARNING,
    Axis.EFFECTS,
    "use the parameter, or take it out",
)
@of_modules(Layer.ENTRY, Layer.DYNAMIC)
def input_is_never_read(module: Module, at: Site) -> Iterator[Finding]:
    """A caller who sends something expects it to matter."""
    for each in module.functions:
        if each.is_stub or not _is_route(module, each.decorators):
            continue
        for name in (p.name for p in each.parameters if _is_ignored(p, each)):
            found = f"{each.name} never reads {name}"
            yield at.finding(each.line, found, each.name)


def _is_ignored(parameter: Parameter, of: Function) -> bool:
    """Tells whether nothing reads a plain value; what is in the address others may read, too."""
    is_plain = parameter.annotation.rpartition(".")[2] in _PLAIN
    is_filled = parameter.default.endswith(("Depends", "Security"))
    is_free = parameter.is_read or parameter.name.startswith("_") or parameter.name in of.address
    return is_plain and not (is_filled or is_free)


def _is_route(module: Module, decorators: tuple[str, ...]) -> bool:
    return any(
        e.rpartition(".")[2] in ("get", "post", "put", "patch", "delete") for e in decorators
    )


@_rule(
    "DYN007",
    "A function changes the state of the whole process",
    Severity.WARNING,
    Axis.EFFECTS,
    "keep the state in an object of its own",
)
@of_modules()
def process_state_changes(module: Module, at: Site) -> Iterator[Finding]:
    """Requests run side by side, and all of them see it."""
    if at.layer in (Layer.ROOT, Layer.ENTRY, Layer.UNKNOWN):
        return
    for each in module.calls:
        if each.within and each.name in _GLOBALS:
            yield at.finding(each.line, f"calls {each.name}", each.within)
    for note in module.notes:
        if note.kind == "set" and note.detail == "os.environ" and note.within:
            yield at.finding(note.line, "sets a variable of the environment", note.within)


@_rule(
    "API001",
    "A page may be of any size",
    Severity.WARNING,
    Axis.EFFECTS,
    "say the most: Query(le=100)",
)
@of_modules()
def page_without_bound(module: Module, at: Site) -> Iterator[Finding]:
    """Whoever asks for ten million rows gets them, and nobody else gets anything."""
    bounded = [n.line for n in module.notes if n.kind == "keyword" and "(le=" in n.detail]
    for each in module.functions:
        is_bounded = any(each.line <= line <= each.end for line in bounded)
        sizes = [] if is_bounded else _sizes(module, each)
        if sizes:
            found = f"{each.name} takes any {sizes[0]}"
            yield at.finding(each.line, found, each.name)


def _sizes(module: Module, of: Function) -> list[str]:
    """Lists the parameters of a route that say how much is answered."""
    given = of.parameters if _is_route(module, of.decorators) else ()
    return [
        each.name
        for each in given
        if each.name in _SIZES and each.annotation in ("int", "") and each.default in _BOUNDED_BY
    ]


@_rule(
    "API002",
    "A part of the address is not read",
    Severity.WARNING,
    Axis.EFFECTS,
    "give the function a parameter of that name, or take it out of the address",
)
@of_modules()
def address_is_not_read(module: Module, at: Site) -> Iterator[Finding]:
    """Whoever writes another value there gets the same answer."""
    for each in module.functions:
        asked = set(_PART.findall(each.address)) - {p.name for p in each.parameters}
        is_route = asked and _is_route(module, each.decorators)
        if is_route and not _reads_otherwise(module, each):
            found = f"{each.name} does not read {', '.join(sorted(asked))}"
            yield at.finding(each.line, found, each.name)


def _reads_otherwise(module: Module, of: Function) -> bool:
    """Tells whether a route is given the whole request, or depends on what may read it."""
    if any(each.annotation.endswith("Request") for each in of.parameters):
        return True
    calls = (each for each in module.calls if each.verb in ("Depends", "Security"))
    return any(of.line - 1 <= each.line <= of.end for each in calls)
