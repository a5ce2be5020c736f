"""Planning an addition, making it, and taking it back."""

from __future__ import annotations

from collections.abc import Callable

from triptych.adapters.projects.manifest import Manifest
from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.splicing import find_class
from triptych.domain.additions import FileChange, Kind, Request
from triptych.domain.drafts import field_name
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.ontology import collection_name, snake_case
from triptych.services.additions.documents import Documents
from triptych.services.additions.dynamic import Services, class_of
from triptych.services.additions.entering import add_command, add_route, has_entrance
from triptych.services.additions.following import Handler
from triptych.services.additions.kinetic import APIS, PARSERS, Outside
from triptych.services.additions.repositories import add_question, has_question
from triptych.services.additions.semantic import Domain
from triptych.services.additions.trying import Tests
from triptych.services.additions.trying_entrances import EntranceTests
from triptych.services.additions.trying_outside import OutsideTests
from triptych.services.verification import Project


def plan_addition(project: Project, request: Request) -> list[FileChange]:
    """Says what becomes of which file; nothing where it is there already.

    Args:
        project: The project.
        request: What is to be added.

    Raises:
        InvalidInput: It cannot be added so.
    """
    source = ProjectSource(project.folder, project.package)
    if _is_there(source, request):
        return []
    _KINDS[request.kind](source, request)
    return list(source.changes.values())


def _is_there(source: ProjectSource, request: Request) -> bool:
    name, found = request.name, _THERE.get(request.kind)
    return found(source, name) if found else source.where(name) is not None


def _has_lifecycle(source: ProjectSource, name: str) -> bool:
    of = snake_case(name.partition(".")[0])
    return source.read(source.module(f"services.workflows.{of}")) is not None


def _has_source(source: ProjectSource, name: str) -> bool:
    return source.where(field_name(collection_name(name)), PARSERS) is not None


def _has_api(source: ProjectSource, name: str) -> bool:
    return source.where(name.partition(".")[0], APIS) is not None


def _has_method(source: ProjectSource, name: str, folder: str = "business_logic") -> bool:
    service, _, method = name.partition(".")
    text = source.read(source.module(f"services.{folder}.{service}")) or ""
    try:
        found = find_class(text, class_of(service))
    except KeyError:
        return False
    return any(getattr(each, "name", "") == method for each in found.body)


def _entity(source: ProjectSource, request: Request) -> None:
    Domain(source).entity(request)
    _readable(source, request)


def _relationship(source: ProjectSource, request: Request) -> None:
    Domain(source).relationship(request)
    _readable(source, request)


def _readable(source: ProjectSource, request: Request) -> None:
    """Sees to it that somebody may read it, and that it is kept as it is."""
    module = collection_name(request.name)
    name = f"may_see_{module}"
    Services(source).allow(name, [f"read:{request.name}"], request, module)
    tests = Tests(source)
    tests.kept(request)
    tests.policy(name, request.role, module)


def _value_object(source: ProjectSource, request: Request) -> None:
    if not request.words:
        raise InvalidInput([Problem("fields", "it has none", "name at least one")])
    Domain(source).value_object(request)
    Tests(source).equal(request)


def _event(source: ProjectSource, request: Request) -> None:
    Domain(source).event(request)


def _rule(source: ProjectSource, request: Request) -> None:
    Domain(source).rule(request)
    Tests(source).rule(request)


def _policy(source: ProjectSource, request: Request) -> None:
    Services(source).policy(request)
    Tests(source).policy(request.name, request.role, request.name)


def _lifecycle(source: ProjectSource, request: Request) -> None:
    Services(source).lifecycle(request)
    Tests(source).lifecycle(request)


def _action(source: ProjectSource, request: Request) -> None:
    Services(source).action(request)
    _tried(source, request)


def _query(source: ProjectSource, request: Request) -> None:
    Services(source).query(request)
    _tried(source, request)


def _tried(source: ProjectSource, request: Request) -> None:
    service, _, name = request.name.partition(".")
    tests = Tests(source)
    tests.operation(request)
    tests.policy(f"may_{name}", request.role, service)


def _handler(source: ProjectSource, request: Request) -> None:
    handler = Handler(source, request)
    handler.add()
    OutsideTests(source).handler(handler)


def _external_api(source: ProjectSource, request: Request) -> None:
    Outside(source).external_api(request)
    OutsideTests(source).external_api(request)


def _file_source(source: ProjectSource, request: Request) -> None:
    Outside(source).file_source(request)
    OutsideTests(source).file_source(request)


def _repository(source: ProjectSource, request: Request) -> None:
    add_question(source, request)
    EntranceTests(source).question(request)


def _route(source: ProjectSource, request: Request) -> None:
    add_route(source, request)
    EntranceTests(source).route(request)


def _command(source: ProjectSource, request: Request) -> None:
    add_command(source, request)
    EntranceTests(source).command(request)


def _test(source: ProjectSource, request: Request) -> None:
    """Adds the test that a class or a rule would have been added with.

    Raises:
        UnknownName: There is neither of that name.
    """
    tests, domain = Tests(source), Domain(source)
    known = {
        **dict.fromkeys(domain.object_types(), tests.kept),
        **dict.fromkeys(domain.value_objects(), tests.equal),
        **dict.fromkeys(domain.rules(), tests.rule),
    }
    if request.name not in known:
        raise UnknownName("class or rule of the domain", request.name, list(known))
    known[request.name](request)


def _adr(source: ProjectSource, request: Request) -> None:
    Documents(source).adr(request)


_KINDS: dict[Kind, Callable[[ProjectSource, Request], None]] = {
    Kind.ENTITY: _entity,
    Kind.VALUE_OBJECT: _value_object,
    Kind.RELATIONSHIP: _relationship,
    Kind.EVENT: _event,
    Kind.RULE: _rule,
    Kind.POLICY: _policy,
    Kind.LIFECYCLE: _lifecycle,
    Kind.ACTION: _action,
    Kind.QUERY: _query,
    Kind.HANDLER: _handler,
    Kind.REPOSITORY: _repository,
    Kind.ROUTE: _route,
    Kind.COMMAND: _command,
    Kind.SOURCE: _file_source,
    Kind.EXTERNAL_API: _external_api,
    Kind.TEST: _test,
    Kind.ADR: _adr,
}


_THERE: dict[Kind, Callable[[ProjectSource, str], bool]] = {
    Kind.ADR: lambda source, name: Documents(source).find(name) is not None,
    Kind.POLICY: lambda source, name: source.where(name, "services/policies") is not None,
    Kind.LIFECYCLE: _has_lifecycle,
    Kind.ACTION: _has_method,
    Kind.QUERY: _has_method,
    Kind.HANDLER: lambda source, name: _has_method(source, name, "orchestration"),
    Kind.EXTERNAL_API: _has_api,
    Kind.REPOSITORY: has_question,
    Kind.ROUTE: lambda source, name: has_entrance(source, name, "api"),
    Kind.COMMAND: lambda source, name: has_entrance(source, name, "cli/commands"),
    Kind.SOURCE: _has_source,
    Kind.TEST: lambda source, name: False,
}


class Additions:
    """What was added to a project, and can be taken back.

    Args:
        project: The project.
    """

    def __init__(self, project: Project) -> None:
        self._manifest = Manifest(project.folder)

    def make(self, request: Request, changes: list[FileChange]) -> None:
        """Writes the files, and notes what they were.

        Raises:
            Misconfigured: They cannot be written; those that were are as before.
        """
        self.note(f"{request.kind} {request.name}", changes)

    def note(self, about: str, changes: list[FileChange]) -> None:
        """Writes the files of any other change, and notes what they were.

        Raises:
            Misconfigured: They cannot be written; those that were are as before.
        """
        self._manifest.make(about, changes)

    def take_back(self) -> tuple[str, list[str]]:
        """Takes the last addition back, byte for byte.

        Returns:
            What it was, and the paths of its files.

        Raises:
            InvalidInput: There is none; or one of its files was edited since.
        """
        return self._manifest.take_back()
