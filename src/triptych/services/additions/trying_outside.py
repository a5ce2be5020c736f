"""The tests of what is added to meet reality: other systems, files, handlers."""

from __future__ import annotations

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.writing import call
from triptych.domain.additions import Request
from triptych.domain.drafts import field_name
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import collection_name, snake_case
from triptych.services.additions.dynamic import class_of
from triptych.services.additions.fields import needed
from triptych.services.additions.following import Handler
from triptych.services.additions.kinetic import APIS, api_name, parameters
from triptych.services.additions.sampling import Samples
from triptych.services.additions.trying import Tests

_API = """
async def test_{method}_is_asked_of_{key}_over_http() -> None:
    asked: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(204)

{done}
    assert [list(each) for each in asked] == [[{names}]]


async def test_{key}_that_refuse_{method}_are_told() -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(503))
    with pytest.raises(ConnectionError, match="503"):
{refused}
"""
_SOURCE = """
{head}
    monkeypatch.chdir(Path(__file__).parents[3])
    async with open_backend("{package}", f"sqlite:///{{tmp_path}}/loaded.db") as backend:
        loaded = await load_sources(backend.store, find_sources("{package}"))
        count = await backend.store.repository({of}).count()
        assert count >= next(each.rows for each in loaded if each.source == "{name}") > 0
"""
_HANDLER = """
async def test_{name}_tells_{keeper}() -> None:
{event}
    {keeper} = Fake{api}()
    await {owner}({made}).{name}(event)
    assert {keeper}.asked == [({given})]
"""


class OutsideTests:
    """Adds the tests of adapters and handlers.

    Args:
        source: The project.
    """

    def __init__(self, source: ProjectSource) -> None:
        self._source, self._tests, self._samples = source, Tests(source), Samples(source)

    def external_api(self, request: Request) -> None:
        """It asks over HTTP, and a refusal is told."""
        name, method = api_name(request)
        fields = parameters(self._source, request.words)
        key, samples = snake_case(name), [self._samples.value(each.annotation) for each in fields]
        asked = call(
            f'await Http{name}("http://there", httpx.MockTransport(answer)).{method}(',
            samples,
            ")",
            indent=4,
        )
        refused = call(
            f'await Http{name}("http://there", refusing).{method}(', samples, ")", indent=8
        )
        code = _API.format(
            method=method,
            key=key,
            done="\n".join(f"    {line}" for line in asked),
            refused="\n".join(f"        {line}" for line in refused),
            names=", ".join(f'"{each.name}"' for each in fields),
        )
        module = f"{self._source.package}.{APIS.replace('/', '.')}.{key}"
        self._tests.add_plain(
            "adapters",
            key,
            code,
            [("json", ""), ("httpx", ""), ("pytest", ""), (module, f"Http{name}"), *needed(fields)],
        )

    def file_source(self, request: Request) -> None:
        """The whole file is loaded."""
        name = field_name(collection_name(request.name))
        given = ["tmp_path: Path", "monkeypatch: pytest.MonkeyPatch"]
        head = call(f"async def test_{name}_come_from_their_file(", given, ") -> None:", indent=0)
        code = _SOURCE.format(
            head="\n".join(head), name=name, package=self._source.package, of=request.name
        )
        imports = [
            ("pathlib", "Path"),
            ("triptych", "open_backend"),
            ("triptych.services.sources", "find_sources"),
            ("triptych.services.sources", "load_sources"),
            (self._source.source_of(request.name), request.name),
        ]
        self._tests.add_plain("adapters", f"{name}_source", code, [*imports, ("pytest", "")])

    def handler(self, handler: Handler) -> None:
        """The other system is told what the event says."""
        owner = class_of(handler.service)
        values = {
            name: self._samples.value(annotation)
            for name, annotation in self._source.fields_of(handler.event).items()
        }
        said = [f"{name}={value}" for name, value in values.items()]
        event = call(f"event = {handler.event}(", said, ")", indent=4)
        given = list(handler.given().values())
        path = f"{self._source.package}.services.orchestration.{handler.service}"
        fakes = self._fakes(handler)
        code = _HANDLER.format(
            name=handler.name,
            keeper=handler.keeper,
            api=handler.api,
            owner=owner,
            event="\n".join(f"    {line}" for line in event),
            made=", ".join(
                keeper if fake == f"Fake{handler.api}" else f"{fake}()" for keeper, fake, _ in fakes
            ),
            given=f"{', '.join(given)}{',' if len(given) == 1 else ''}",
        )
        imports = [(module, fake) for _, fake, module in fakes]
        imports += [(path, owner), (self._source.source_of(handler.event), handler.event)]
        for annotation in self._source.fields_of(handler.event).values():
            imports += self._samples.imports(annotation)
        self._tests.add("services", f"{handler.service}_{handler.name}", code, imports)

    def _fakes(self, handler: Handler) -> list[tuple[str, str, str]]:
        """Lists what the service is made with: what it is kept as, its fake, the fake's module."""
        found = []
        for name, annotation in self._source.parameters_of_class(
            class_of(handler.service), "services/orchestration"
        ).items():
            module = self._source.where(annotation, APIS)
            if module is None:
                told = f"{handler.service} is made with {name}, which has no fake"
                raise InvalidInput([Problem("name", told, "name another service")])
            found.append((name, f"Fake{annotation}", module))
        return found
