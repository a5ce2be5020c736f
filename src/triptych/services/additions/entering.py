"""What is added to the ways in: routes and commands of one's own, which call a service."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import docstring_parser

from triptych.adapters.projects.modules import SCALARS, STANDARD, ProjectSource
from triptych.adapters.projects.splicing import find_class, with_definition, with_import
from triptych.adapters.projects.writing import call
from triptych.domain.additions import Request, check_name
from triptych.domain.errors import InvalidInput, Problem
from triptych.services.additions.dynamic import class_of
from triptych.services.additions.semantic import imported, opened

_LOGIC = "services.business_logic"
_WHY_ROUTE = "a way in of HTTP: it translates and calls a service, nothing is decided here"
_WHY_COMMAND = (
    "a way in of the terminal: it translates and calls a service, nothing is decided here"
)
_ROUTES = "ROUTES = APIRouter()"


@dataclass(frozen=True, slots=True)
class Entrance:
    """A way in to an operation of a service.

    Attributes:
        name: The function.
        service: The module of the service.
        operation: The method.
        is_query: Whether it only answers.
        parameters: What the method is given, with the annotations.
        defaults: What stands behind the sign of those that need not be said.
        told: What is said of the parameters.
        package: The project's.
    """

    name: str
    service: str
    operation: str
    is_query: bool
    parameters: dict[str, str]
    defaults: dict[str, str]
    told: dict[str, str]
    package: str

    @property
    def owner(self) -> str:
        """The class of the service."""
        return class_of(self.service)

    @property
    def address(self) -> str:
        """How it is typed in an address, and in a terminal."""
        return self.name.replace("_", "-")

    @property
    def full_name(self) -> str:
        """The operation, as it is written elsewhere."""
        return f"{self.service}.{self.operation}"

    @property
    def verb(self) -> str:
        """How it is asked over HTTP."""
        return "get" if self.is_query else "post"

    @property
    def imports(self) -> list[tuple[str, str]]:
        """Module and name of what it needs."""
        return [(f"{self.package}.{_LOGIC}.{self.service}", self.owner)]

    def called(self, calls: str) -> list[str]:
        """Writes the call of the operation, awaited by whoever stands before it."""
        named = [f"{each}={each}" for each in self.parameters]
        verb = "ask" if self.is_query else "run"
        head = f"{calls}.{verb}({self.owner}.{self.operation}"
        return call(f"{head}, " if named else head, named, ")", indent=8)


def read_entrance(source: ProjectSource, request: Request) -> Entrance:
    """Reads which operation is to be called.

    Raises:
        InvalidInput: There is no such operation, or it is given what no address can hold.
    """
    mend = "name an action or a query, such as board.overdue"
    said = request.words[0] if len(request.words) == 1 else ""
    service, _, operation = said.partition(".")
    method = _method(source, service, operation)
    marks = _marks(method) if method else []
    if method is None or not marks:
        raise InvalidInput([Problem("words", f"there is no operation {said!r:.60}", mend)])
    given = [each for each in method.args.args if each.annotation]
    parameters = {each.arg: ast.unparse(each.annotation or each) for each in given}
    _check_plain(said, parameters)
    name = check_name(request.name.replace("-", "_"))
    behind = given[len(given) - len(method.args.defaults) :]
    return Entrance(
        name=name,
        service=service,
        operation=operation,
        is_query="query" in marks,
        parameters=parameters,
        defaults={a.arg: ast.unparse(b) for a, b in zip(behind, method.args.defaults, strict=True)},
        told=_told(method),
        package=source.package,
    )


def _check_plain(said: str, parameters: Mapping[str, str]) -> None:
    plain = {name: of.removesuffix(" | None") for name, of in parameters.items()}
    odd = [name for name, of in plain.items() if of not in SCALARS or of == "bytes"]
    if odd:
        found = f"{said} is given {', '.join(odd)}, and plain values are all that is written here"
        raise InvalidInput([Problem("words", found, "write it by hand")])


def _method(source: ProjectSource, service: str, name: str) -> ast.AsyncFunctionDef | None:
    text = source.read(source.module(f"{_LOGIC}.{service}")) if service.isidentifier() else None
    try:
        body = find_class(text or "", class_of(service)).body
    except KeyError:
        return None
    found = [e for e in body if isinstance(e, ast.AsyncFunctionDef) and e.name == name]
    return found[0] if found else None


def _told(method: ast.AsyncFunctionDef) -> dict[str, str]:
    """Reads what the docstring of a method says of its parameters."""
    params = docstring_parser.parse(ast.get_docstring(method) or "").params
    return {each.arg_name: " ".join((each.description or "").split()) for each in params}


def _marks(method: ast.AsyncFunctionDef) -> list[str]:
    """Names what a method is declared as."""
    names = [ast.unparse(each).partition("(")[0] for each in method.decorator_list]
    return [each for each in names if each in ("action", "query")]


def add_route(source: ProjectSource, request: Request) -> None:
    """Adds a route that calls an operation.

    Raises:
        InvalidInput: There is no such operation.
    """
    found = read_entrance(source, request)
    _opened_package(source, "api", "HTTP: routes of its own.", _WHY_ROUTE)
    path = source.module(f"api.{found.service}")
    text = opened(source, path, f"Routes to {found.service.replace('_', ' ')}.")
    text = with_import(text, "fastapi", ["APIRouter"], source.package)
    text = with_import(text, "triptych.api.routes", ["Calling"], source.package)
    text = imported(text, [*found.imports, *_needed(found)], source.package, "")
    if _ROUTES not in text:
        text = with_definition(text, _ROUTES)
    given = ["calls: Calling", *(_given(found, n, of) for n, of in found.parameters.items())]
    if found.is_query:
        returns = _returned(source, found)
        body = [f"return await {found.called('calls')[0]}", *found.called("calls")[1:]]
    else:
        returns = "dict[str, str]"
        text = _with_body(text, found, source.package)
        called = found.called("calls")
        body = [f"outcome = await {called[0]}", *called[1:], 'return {"receipt": outcome.receipt}']
    about = (
        request.about or f"{'Answers' if found.is_query else 'Does'} what `{found.full_name}` does."
    )
    code = [
        f'@ROUTES.{found.verb}("/{found.address}")',
        *call(f"async def {found.name}(", given, f") -> {returns}:", indent=0),
        f'    """{about}"""',
        *(f"    {line}" for line in body),
    ]
    source.write(path, with_definition(text, "\n".join(code)), _WHY_ROUTE)


def _with_body(text: str, found: Entrance, package: str) -> str:
    """Imports what tells that a parameter stands in the body of a request."""
    if not found.parameters:
        return text
    return with_import(
        with_import(text, "fastapi", ["Body"], package), "typing", ["Annotated"], package
    )


def _given(found: Entrance, name: str, annotation: str) -> str:
    """Writes a parameter of a route: of the address where it asks, of the body where it does."""
    return _parameter(
        found, name, annotation if found.is_query else f"Annotated[{annotation}, Body(embed=True)]"
    )


def _parameter(found: Entrance, name: str, annotation: str) -> str:
    default = found.defaults.get(name)
    return f"{name}: {annotation}" + (f" = {default}" if default else "")


def _returned(source: ProjectSource, found: Entrance) -> str:
    """Writes what a query returns."""
    method = _method(source, found.service, found.operation)
    annotation = ast.unparse(method.returns) if method and method.returns else "object"
    return annotation if annotation in SCALARS else "object"


def add_command(source: ProjectSource, request: Request) -> None:
    """Adds a command that calls an operation.

    Raises:
        InvalidInput: There is no such operation.
    """
    found = read_entrance(source, request)
    _opened_package(source, "cli/commands", "Commands of its own.", _WHY_COMMAND)
    path = source.module(f"cli.commands.{found.service}")
    text = opened(source, path, f"Commands about {found.service.replace('_', ' ')}.")
    text = with_import(text, "triptych.cli.calling", ["call"], source.package)
    text = imported(text, [*found.imports, *_needed(found)], source.package, "")
    given = ["*", *(_parameter(found, n, of) for n, of in found.parameters.items())]
    about = (
        request.about or f"Show what `{found.full_name}` {'says' if found.is_query else 'does'}."
    )
    told = [f"    {n}: {found.told.get(n) or _spoken(n)}" for n in found.parameters]
    told.append("    as_: Who asks.")
    shown = "answer" if found.is_query else "answer.receipt"
    code = [
        *call(f"def {found.name}(", [*given, 'as_: str = ""'], ") -> None:", indent=0),
        f'    """{about}',
        "",
        "    Args:",
        *(f"    {line}" for line in told),
        '    """',
        *(f"    {line}" for line in _asked(found)),
        f"    print({shown})",
    ]
    source.write(path, with_definition(text, "\n".join(code)), _WHY_COMMAND)


def _spoken(name: str) -> str:
    return f"The {name.replace('_', ' ')}."


def _asked(found: Entrance) -> list[str]:
    """Writes how a command calls: the whole on one line where it fits."""
    parts = [f'"{found.package}"', f"lambda calls: {' '.join(found.called('calls'))}", "as_"]
    return call("answer = call(", parts, ")", indent=4)


def _needed(found: Entrance) -> list[tuple[str, str]]:
    """Lists what the parameters need to be imported."""
    plain = {each.removesuffix(" | None") for each in found.parameters.values()}
    return [(STANDARD[each], each) for each in sorted(plain) if each in STANDARD]


def _opened_package(source: ProjectSource, folder: str, about: str, why: str) -> None:
    path = str(PurePosixPath("src", source.package, folder, "__init__.py"))
    if source.read(path) is None:
        source.write(path, f'"""{about}"""\n', why)


def has_entrance(source: ProjectSource, name: str, layer: str) -> bool:
    """Tells whether a route or a command is there already."""
    return source.where(name.replace("-", "_"), layer) is not None
