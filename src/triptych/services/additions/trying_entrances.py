"""The tests of questions and ways in that are added: each asks a real database."""

from __future__ import annotations

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.writing import call
from triptych.domain.additions import Request
from triptych.domain.ontology import snake_case
from triptych.services.additions.entering import Entrance, read_entrance
from triptych.services.additions.repositories import REPOSITORIES, read_question
from triptych.services.additions.sampling import SAMPLES, Samples
from triptych.services.additions.trying import Tests

_QUESTION = """
async def test_{method}_finds_what_{rule}_holds_of(tmp_path: Path) -> None:
    async with open_backend("{package}", f"sqlite:///{{tmp_path}}/asked.db") as backend:
        kept = await add_sample(backend.store, {of})
{found}
{expected}
"""
_ROUTE = """
async def test_{name}_is_answered_over_http(tmp_path: Path) -> None:
    async with (
        open_backend("{package}", f"sqlite:///{{tmp_path}}/asked.db") as backend,
        client_of(backend, "somebody:{role}") as client,
        client_of(backend) as stranger,
    ):
{given}        answer = await client.{asked}
        assert answer.status_code == 200, answer.text
        refused = await stranger.{asked}
        assert refused.status_code in (401, 403)
"""
_COMMAND = """
{head}
    monkeypatch.setenv("TRIPTYCH_DATABASE", f"sqlite:///{{tmp_path}}/asked.db")
{words}
    assert application("{package}").run([*words, "--as", "somebody:{role}"]) == 0
    assert capsys.readouterr().out.strip()
"""
_TYPED = {
    "str": "x",
    "int": "1",
    "float": "1.0",
    "Decimal": "1",
    "date": "2026-11-25",
    "datetime": "2026-11-25T00:00:00+00:00",
    "UUID": "00000000-0000-0000-0000-000000000001",
}
_ISO = {**_TYPED, "bool": "true", "time": "10:00:00", "timedelta": "PT1H"}
_SHELL = {**_TYPED, "timedelta": "1h"}


class EntranceTests:
    """Adds the tests of questions and ways in.

    Args:
        source: The project.
    """

    def __init__(self, source: ProjectSource) -> None:
        self._source, self._tests, self._samples = source, Tests(source), Samples(source)

    def question(self, request: Request) -> None:
        """It finds what the rule holds of, and nothing else."""
        asked = read_question(self._source, request)
        given = [f"{each.name}={self._samples.value(each.annotation)}" for each in asked.fields]
        stored = f"Stored{asked.name}(backend.store.repository({asked.of}))"
        found = call(f"found = await {stored}.{asked.method}(", given, ")", indent=8)
        held = call(f"expected = [kept] if {asked.rule}(", ["kept", *given], ") else []", indent=8)
        code = _QUESTION.format(
            method=asked.method,
            rule=asked.rule,
            package=self._source.package,
            of=asked.of,
            found="\n".join(f"        {line}" for line in found),
            expected="\n".join(f"        {line}" for line in [*held, "assert found == expected"]),
        )
        name = snake_case(asked.name)
        module = f"{self._source.package}.{REPOSITORIES.replace('/', '.')}.{name}"
        imports = [
            ("pathlib", "Path"),
            ("triptych", "open_backend"),
            ("triptych.testing", "add_sample"),
            (module, f"Stored{asked.name}"),
            *((self._source.source_of(each), each) for each in (asked.of, asked.rule)),
            *(each for of in asked.fields for each in self._samples.imports(of.annotation)),
        ]
        self._tests.add("adapters", f"{name}_repository", code, imports)

    def route(self, request: Request) -> None:
        """It answers who may ask, and nobody else."""
        found = read_entrance(self._source, request)
        values = [f'"{n}": {_value(found, n, of)}' for n, of in found.parameters.items()]
        given = call("given = {", values, "}", indent=8) if values else []
        keyword = "params" if found.is_query else "json"
        code = _ROUTE.format(
            name=found.name,
            package=found.package,
            role=request.role,
            given="".join(f"        {line}\n" for line in given),
            asked=f'{found.verb}("/{found.address}"{f", {keyword}=given" if values else ""})',
        )
        imports = [
            ("pathlib", "Path"),
            ("triptych", "open_backend"),
            ("triptych.testing", "client_of"),
        ]
        self._tests.add("api", found.name, code, imports)

    def command(self, request: Request) -> None:
        """It prints what the service says."""
        found = read_entrance(self._source, request)
        words = [f'"{found.address}"']
        for name, annotation in found.parameters.items():
            value = _SHELL.get(annotation.removesuffix(" | None"))
            words += [f'"--{name.replace("_", "-")}"', *([f'"{value}"'] if value else [])]
        given = [
            "tmp_path: Path",
            "monkeypatch: pytest.MonkeyPatch",
            "capsys: pytest.CaptureFixture[str]",
        ]
        head = call(f"def test_{found.name}_prints_an_answer(", given, ") -> None:", indent=0)
        code = _COMMAND.format(
            head="\n".join(head),
            words="\n".join(f"    {line}" for line in call("words = [", words, "]", indent=4)),
            package=found.package,
            role=request.role,
        )
        imports = [("pathlib", "Path"), ("triptych.cli.main", "application"), ("pytest", "")]
        self._tests.add_plain("cli", found.name, code, imports)


def _value(found: Entrance, name: str, annotation: str) -> str:
    """Writes what a parameter is given: in an address as text, in a body as JSON."""
    plain = annotation.removesuffix(" | None")
    is_text = found.is_query or plain not in ("int", "float", "bool")
    return f'"{_ISO[plain]}"' if is_text else SAMPLES[plain]
