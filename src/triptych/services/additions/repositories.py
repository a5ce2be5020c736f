"""What is added to the repositories: a question of one's own, behind a protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.splicing import (
    with_definition,
    with_import,
    with_method,
    with_statement,
)
from triptych.adapters.projects.writing import call, signature
from triptych.domain.additions import Request, check_class, check_name, read_field
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import collection_name, snake_case, spoken
from triptych.services.additions.fields import Typed
from triptych.services.additions.semantic import Domain, dotted, imported, opened

REPOSITORIES = "adapters/repositories"
_MEND = "write NAME.METHOD and a rule, such as Backlog.urgent is_overdue now:datetime order=-due"
_MOST = 100
_WHY = "a question that several services ask, behind a protocol: how it is answered stays here"
_WHY_WIRING = "which adapter stands for which protocol is said in one place"
_PROTOCOL = '''
class {name}(Protocol):
    """What is asked of {spoken}."""
'''
_STORED = '''
class Stored{name}:
    """Asks the database.

    Args:
        {kept}: Where they are kept.
    """

    def __init__(self, {kept}: Repository[{of}]) -> None:
        self._{kept} = {kept}
'''


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is to be added to a repository.

    Attributes:
        name: The protocol.
        method: What is asked of it.
        of: The object type that is found.
        rule: What holds of each.
        fields: What the rule is given beside.
        order: By which property, `-` before it where the greatest comes first; empty for the key.
        take: How many at most.
    """

    name: str
    method: str
    of: str
    rule: str
    fields: tuple[Typed, ...]
    order: str = ""
    take: int = 20

    @property
    def asked(self) -> list[str]:
        """The arguments of the search, as they stand in code."""
        order = [f'order="{self.order}"'] if self.order else []
        given = [f"{each.name}={each.name}" for each in self.fields]
        return [self.rule, *given, *order, f"take={self.take}"]


def read_question(source: ProjectSource, request: Request) -> Question:
    """Reads what is to be asked.

    Raises:
        InvalidInput: It makes no sense.
    """
    name, _, method = request.name.partition(".")
    if not method or not request.words:
        raise InvalidInput([Problem("name", f"{request.name!r:.60} asks nothing", _MEND)])
    rule, *words = request.words
    domain = Domain(source)
    of = domain.parameters_of(rule)[0][1]
    fields = [domain.typed(read_field(each), "") for each in words if ":" in each]
    order, take = _page(source, of, [each for each in words if ":" not in each])
    return Question(check_class(name), check_name(method), of, rule, tuple(fields), order, take)


def _page(source: ProjectSource, of: str, words: Sequence[str]) -> tuple[str, int]:
    """Reads in which order how many are found.

    Raises:
        InvalidInput: It makes no sense.
    """
    said = dict(each.partition("=")[::2] for each in words)
    order, take = said.pop("order", ""), said.pop("take", "20")
    if said or not take.isdigit() or not 0 < int(take) <= _MOST:
        found = f"{' '.join(words):.60} makes no sense"
        raise InvalidInput([Problem("words", found, f"{_MEND}, take=1 to take={_MOST}")])
    known = source.fields_of(of)
    if order and order.removeprefix("-") not in known:
        found = f"{of} has no {order.removeprefix('-')!r}"
        raise InvalidInput([Problem("order", found, f"one of {', '.join(known)}")])
    return order, int(take)


def add_question(source: ProjectSource, request: Request) -> None:
    """Adds a method to a protocol and to what stands for it, which are made where there are none.

    Raises:
        InvalidInput: It makes no sense, or the repository keeps something else.
    """
    asked = read_question(source, request)
    path = source.module(f"{REPOSITORIES.replace('/', '.')}.{snake_case(asked.name)}")
    _opened_package(source)
    text = opened(source, path, f"{spoken(asked.name).capitalize()}, as they are asked for.")
    is_new = source.where(asked.name, REPOSITORIES) is None
    kept = collection_name(asked.of)
    if is_new:
        names = {"name": asked.name, "spoken": spoken(asked.name), "kept": kept, "of": asked.of}
        text = with_import(text, "typing", ["Protocol"], source.package)
        text = with_import(text, "triptych", ["Repository"], source.package)
        text = with_definition(text, _PROTOCOL.format(**names))
        text = with_definition(text, _STORED.format(**names))
    elif f"self._{kept} = " not in text:
        mend = "name another repository, or write it by hand"
        raise InvalidInput([Problem("name", f"{asked.name} does not keep {kept}", mend)])
    imports = [(source.source_of(each), each) for each in (asked.of, asked.rule)]
    imports += [each for field in asked.fields for each in field.imports]
    text = imported(text, imports, source.package, "")
    text = with_method(text, asked.name, "\n".join(_head(asked, request, ["..."])))
    found = [
        *call(f"found = await self._{kept}.find(", asked.asked, ")", indent=8),
        "return list(found)",
    ]
    text = with_method(text, f"Stored{asked.name}", "\n".join(_head(asked, request, found)))
    source.write(path, text, _WHY)
    if is_new:
        given = [(dotted(path), f"Stored{asked.name}")]
        wire(source, asked.name, dotted(path), "", given)


def has_question(source: ProjectSource, name: str) -> bool:
    """Tells whether a question is there already."""
    of, _, method = name.partition(".")
    found = source.class_of(of, REPOSITORIES)
    return any(getattr(each, "name", "") == method for each in (found.body if found else []))


def _opened_package(source: ProjectSource) -> None:
    path = f"src/{source.package}/{REPOSITORIES}/__init__.py"
    if source.read(path) is None:
        source.write(path, '"""Questions that are asked of what is kept."""\n', _WHY)


def _head(asked: Question, request: Request, body: Sequence[str]) -> list[str]:
    """Writes a method: what the protocol says and what stands for it begin the same."""
    parameters = [f"{each.name}: {each.annotation}" for each in asked.fields]
    kept = collection_name(asked.of).replace("_", " ")
    about = request.about or f"Finds {kept} of which `{asked.rule}` holds, at most {asked.take}."
    return [
        *signature(asked.method, parameters, f"list[{asked.of}]"),
        f'    """{about}"""',
        *(f"    {line}" for line in body),
    ]


def wire(
    source: ProjectSource, name: str, module: str, made: str, imports: Sequence[tuple[str, str]]
) -> None:
    """Says which adapter stands for a protocol.

    Args:
        source: The project.
        name: The protocol.
        module: Where it is imported from.
        made: A function that makes the adapter, named after the protocol; `Stored...` stands for
            it where nothing is made.
        imports: Module and name of what is needed besides.
    """
    path = source.module("adapters.wiring")
    text = opened(source, path, "Which adapter stands for which protocol.")
    text = with_import(text, "dishka", ["Provider", "Scope"], source.package)
    if "ADAPTERS" not in text:
        text = with_definition(text, "ADAPTERS = Provider(scope=Scope.APP)")
    for each, of in [(module, name), *imports]:
        text = with_import(text, each, [of] if of else (), source.package)
    if made:
        text = with_definition(text, made)
        line = f"\n\nADAPTERS.provide({snake_case(name)}, provides={name})"
    else:
        line = f"ADAPTERS.provide(Stored{name}, provides={name}, scope=Scope.REQUEST)"
    source.write(path, with_statement(text, line), _WHY_WIRING)
