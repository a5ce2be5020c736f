"""What is added to the adapters: systems of others, and files."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from triptych.adapters.projects.modules import SCALARS, ProjectSource
from triptych.adapters.projects.splicing import with_definition, with_import
from triptych.adapters.projects.writing import call, signature
from triptych.domain.additions import Request, check_class, check_name, read_field
from triptych.domain.drafts import DraftClass, DraftField, Part, Role, Shape, field_name
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import collection_name, snake_case, spoken
from triptych.services.additions.fields import Typed, needed
from triptych.services.additions.repositories import wire
from triptych.services.additions.semantic import Domain, dotted, imported, opened
from triptych.services.drafts.readers import reader_module

APIS, PARSERS = "adapters/external_apis", "adapters/file_parsers"
_WHY_API = "a system of others, behind a protocol: foreign formats and errors end here"
_WHY_SOURCE = "what is made of a file of others, column by column"
_ASK = """\
        try:
            async with self._client() as client:
                answer = await client.post("/{address}", json=body)
                answer.raise_for_status()
        except httpx.HTTPError as error:
            raise ConnectionError(f"{spoken}: {{error}}") from error
"""
_API = '''\
class {name}(Protocol):
    """What is wanted of {spoken}."""

    {head}
        """{about}"""
        ...


class Http{name}:
    """Asks over HTTP.

    Args:
        url: Where it is.
        transport: How it is reached; over the network where nothing is said.
    """

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._transport = transport

    {head}
        """{about}

        Raises:
            ConnectionError: It cannot be reached, or refuses.
        """
{body}
{ask}
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self._url, timeout=10, transport=self._transport)


class Fake{name}:
    """Keeps what it was asked, for tests."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    {head}
        """Keeps it."""
        self.asked.append(({kept}))
'''
_WIRED = '''
def {key}() -> Http{name}:
    """Finds {spoken} where the environment says that it is."""
    return Http{name}(os.environ.get("{variable}", "http://127.0.0.1:9000"))
'''


class Outside:
    """Adds to the adapters of a project.

    Args:
        source: The project.
    """

    def __init__(self, source: ProjectSource) -> None:
        self._source = source

    def external_api(self, request: Request) -> None:
        """Adds a system of others: a protocol, what asks it over HTTP, a fake, and its wiring."""
        name, method = api_name(request)
        fields = parameters(self._source, request.words)
        path = self._source.module(f"adapters.external_apis.{snake_case(name)}")
        text = opened(self._source, path, f"{spoken(name).capitalize()}: a system of others.")
        text = with_import(text, "httpx")
        text = with_import(text, "typing", ["Protocol"], self._source.package)
        text = imported(text, needed(fields), self._source.package, "")
        kept = ", ".join(each.name for each in fields)
        head = signature(method, [f"{e.name}: {e.annotation}" for e in fields], "None")
        body = call("body = {", [_sent(each) for each in fields], "}", indent=8)
        code = _API.format(
            name=name,
            spoken=spoken(name),
            about=request.about or f"{method.replace('_', ' ').capitalize()}.",
            head="\n    ".join(head),
            body="\n".join(f"        {line}" for line in body),
            ask=_ASK.format(address=method.replace("_", "-"), spoken=spoken(name)),
            kept=f"{kept}," if len(fields) == 1 else kept,
        )
        self._source.write(path, with_definition(text, code), _WHY_API)
        variable = f"{self._source.package}_{snake_case(name)}_url".upper()
        wired = _WIRED.format(
            key=snake_case(name), name=name, spoken=spoken(name), variable=variable
        )
        given = [(dotted(path), f"Http{name}"), ("os", "")]
        wire(self._source, name, dotted(path), wired, given)

    def file_source(self, request: Request) -> None:
        """Adds the reader of a file, whose columns are found by their names."""
        shape = self._shape(request)
        fields = tuple(
            DraftField(name=name, type=part.type, annotation="", part=part.name)
            for name, part in zip(self._columns(request, shape), shape.parts, strict=True)
        )
        role = Role.ENTITY if "id" in self._source.fields_of(request.name) else Role.RELATIONSHIP
        made = DraftClass(name=request.name, role=role, fields=fields, shape=shape, about="")
        name = field_name(collection_name(request.name))
        package = f"src/{self._source.package}/{PARSERS}/__init__.py"
        if self._source.read(package) is None:
            about = '"""Files of others, and what is made of them."""\n'
            self._source.write(package, about, _WHY_SOURCE)
        path = self._source.module(f"adapters.file_parsers.{name}")
        if self._source.read(path) is not None:
            raise InvalidInput([Problem("name", f"{path} is there already", "change it by hand")])
        module = self._source.source_of(request.name)
        text = reader_module(made, self._source.package).replace(
            f"from {self._source.package}.domain.{_place(role)} import", f"from {module} import"
        )
        self._source.write(path, text, _WHY_SOURCE)

    def _shape(self, request: Request) -> Shape:
        """Finds the columns of a file, with the types of the properties that they become."""
        if len(request.words) != 1:
            mend = "name one file, from the project's folder on, such as data/people.csv"
            raise InvalidInput([Problem("words", "no file is named", mend)])
        header = self._header(request.words[0])
        fields = self._source.fields_of(request.name)
        parts, problems = [], []
        for name, annotation in fields.items():
            column = _column_of(name, request.name, header)
            if column is not None:
                parts.append(self._part(column, annotation))
            elif name not in self._source.defaults_of(request.name):
                found = f"no column of {request.words[0]} is called so; it has {', '.join(header)}"
                problems.append(Problem(name, found, "write the reader by hand"))
        if problems:
            raise InvalidInput(problems)
        return Shape(name=request.name, parts=tuple(parts), key=("id",), data=request.words[0])

    def _columns(self, request: Request, shape: Shape) -> list[str]:
        """Names the properties that the columns of a shape become."""
        header = [each.name for each in shape.parts]
        fields = self._source.fields_of(request.name)
        return [name for name in fields if _column_of(name, request.name, header) is not None]

    def _part(self, column: str, annotation: str) -> Part:
        plain = annotation.removesuffix(" | None").removeprefix("Annotated[").partition(",")[0]
        type_ = self._source.base_of(plain) or plain
        is_enum = bool(Domain(self._source).members(type_))
        if type_ not in SCALARS and not is_enum:
            found = f"is a {annotation}, which no column is"
            raise InvalidInput([Problem(column, found, "write the reader by hand")])
        return Part(name=column, type="str" if is_enum else type_)

    def _header(self, file: str) -> list[str]:
        path = self._source.folder / PurePosixPath(file)
        try:
            with path.open(encoding="utf-8", newline="") as opened_:
                return next(csv.reader(opened_), [])
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InvalidInput([Problem(file, str(error), "name a file of the project")]) from None


def _place(role: Role) -> str:
    return "entities" if role is Role.ENTITY else "relationships"


def _column_of(name: str, owner: str, header: Sequence[str]) -> str | None:
    """Finds the column that a property is called after."""
    known: Mapping[str, str] = {field_name(each): each for each in reversed(header)}
    wanted = [name, f"{name}_id", f"{name}_code"]
    if name == "id":
        wanted = ["id", f"{snake_case(owner)}_id", snake_case(owner), "code", "key"]
    return next((known[each] for each in wanted if each in known), None)


def api_name(request: Request) -> tuple[str, str]:
    """Splits the name of an external API into that of its protocol and that of a method.

    Raises:
        InvalidInput: It is no such name.
    """
    name, _, method = request.name.partition(".")
    if not method:
        mend = "write NAME.METHOD, such as Payments.charge"
        raise InvalidInput([Problem("name", f"{request.name!r:.60} names no method", mend)])
    return check_class(name), check_name(method)


def parameters(source: ProjectSource, words: Sequence[str]) -> list[Typed]:
    """Works out the parameters of a method of an external API: plain values, at least one.

    Raises:
        InvalidInput: There is none, or one is no plain value.
    """
    if not words:
        mend = "name what it is told, such as amount:Decimal"
        raise InvalidInput([Problem("words", "it is told nothing", mend)])
    fields = [Domain(source).typed(read_field(each), "") for each in words]
    for each in fields:
        if each.annotation not in SCALARS:
            mend = f"one of {', '.join(SCALARS)}"
            raise InvalidInput([Problem(each.name, "foreign systems know plain values", mend)])
    return fields


def _sent(field: Typed) -> str:
    """Writes a parameter as JSON has it."""
    is_plain = field.annotation in ("str", "int", "float", "bool")
    value = field.name if is_plain else f"str({field.name})"
    return f'"{field.name}": {value}'
