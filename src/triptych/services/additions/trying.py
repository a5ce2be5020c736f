"""The tests of what is added: each can fail, and each covers what it is about."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.splicing import with_assignment, with_definition
from triptych.adapters.projects.writing import call
from triptych.domain.additions import Kind, Request
from triptych.domain.ontology import article, collection_name, snake_case
from triptych.services.additions.fields import Typed, needed
from triptych.services.additions.reading import readers_of
from triptych.services.additions.sampling import Samples
from triptych.services.additions.semantic import Domain, imported, opened

_WHY = "a test by layer, which can fail"
_KEPT = """
async def test_{words}_is_kept_as_it_is(tmp_path: Path) -> None:
    async with open_backend("{package}", f"sqlite:///{{tmp_path}}/kept.db") as backend:
        kept = await add_sample(backend.store, {name})
        key = {key}
        assert await backend.store.repository({name}).get(key) == kept
"""
_EQUAL = """
@given(st.data())
def test_two_{words}_of_the_same_values_are_equal(data: st.DataObject) -> None:
    one = data.draw({strategy})
    assert replace(one) == one
    with pytest.raises(FrozenInstanceError):
        one.{field} = None  # type: ignore[misc]  # that it cannot is the point
"""
_POLICY = """
def test_{name}_is_for_{role}() -> None:
    assert {name}(Actor("somebody", frozenset({{"{role}"}})))
    assert not {name}(Actor("somebody"))
"""
_RULE = """
async def test_{name}_means_the_same_in_the_database(tmp_path: Path) -> None:
    async with open_backend("{package}", f"sqlite:///{{tmp_path}}/asked.db") as backend:
        await add_sample(backend.store, {of})
        all_of_them = backend.store.repository({of})
        there = [each async for each in all_of_them.stream()]
        assert await all_of_them.count({name}) == len([e for e in there if {name}(e)])
"""
_LIFECYCLE = """
@pytest.mark.parametrize(("old", "new"), list(product({enum}, repeat=2)))
{head}
    async with open_backend("{package}", f"sqlite:///{{tmp_path}}/life.db") as backend:
        kept = await add_sample(backend.store, {of}, {state}=old)
        all_of_them = backend.store.repository({of})
        await all_of_them.get(kept.id)
        if new == old or new in {constant}.following(old):
            assert (await all_of_them.save(replace(kept, {state}=new))).{state} == new
        else:
            with pytest.raises(IllegalTransition):
                await all_of_them.save(replace(kept, {state}=new))
"""

_OPERATION = """
async def test_{name}_does_what_it_says(tmp_path: Path) -> None:
    async with open_backend("{package}", f"sqlite:///{{tmp_path}}/done.db") as backend:
{lines}
"""
_LONGEST = 78
_TEST = re.compile(r"def (test_\w+)\(")
_STRATEGIES = {
    "str": "st.text()",
    "float": "st.floats(allow_nan=False)",
    "Decimal": "st.decimals(allow_nan=False, allow_infinity=False)",
}


def _objects(fields: Sequence[Typed]) -> list[Typed]:
    return [each for each in fields if each.is_object]


def _values(fields: Sequence[Typed]) -> list[Typed]:
    return [each for each in fields if not each.is_object]


def _quoted(value: str) -> str:
    return f'"{value}"'


_ELSEWHERE = {*sys.stdlib_module_names, "hypothesis.strategies"}
_ONE_OF_A_KIND = ("None", "True", "False")
_PLAIN = ("int", "bool", "bytes")


def _strategy(annotation: str) -> str:
    if annotation in _STRATEGIES:
        return _STRATEGIES[annotation]
    return f"st.from_type({annotation})" if annotation.isidentifier() else "st.none()"


class Tests:
    """Adds the tests of what is added.

    Args:
        source: The project.
    """

    def __init__(self, source: ProjectSource) -> None:
        self._source = source
        self._package = source.package
        self._samples = Samples(source)

    def add(self, layer: str, name: str, code: str, imports: Sequence[tuple[str, str]]) -> None:
        """Adds a test to a module of a layer, which is made where it is not there."""
        folder = f"tests/unit/{layer}"
        about = f'"""Tests of the {layer}."""\n'
        if self._source.read(f"{folder}/__init__.py") is None:
            self._source.write(f"{folder}/__init__.py", about, _WHY)
        path = f"{folder}/test_{name}.py"
        text = opened(self._source, path, f"What must hold of {name.replace('_', ' ')}.")
        found = _TEST.search(code)
        if found is not None and f"def {found[1]}(" in text:
            return
        text = imported(text, imports, self._package, "")
        self._source.write(path, with_definition(text, code), _WHY)

    def kept(self, request: Request) -> None:
        """An object comes back from a database as it went in."""
        name, fields = request.name, self._source.fields_of(request.name)
        ends = [f"kept.{field}" for field, of in fields.items() if self._is_link(of)]
        key = "kept.id" if "id" in fields else f"({', '.join(ends)})"
        words = article(name).replace(" ", "_")
        code = _KEPT.format(words=words, package=self._package, name=name, key=key)
        imports = [
            ("pathlib", "Path"),
            ("triptych", "open_backend"),
            ("triptych.testing", "add_sample"),
            (self._source.source_of(name), name),
        ]
        self.add("adapters", collection_name(name), code, imports)

    def _is_link(self, annotation: str) -> bool:
        plain = annotation.removeprefix("Annotated[").partition(",")[0]
        return plain in self._source.entities().values()

    def equal(self, request: Request) -> None:
        """Value objects of the same values are equal, and stay as they are."""
        name = request.name
        fields = self._source.fields_of(name)
        if any(self._may_refuse(each) for each in fields.values()):
            # What it holds refuses some values: only a person knows which it takes.
            return
        drawn = [f"{field}={_strategy(of)}" for field, of in fields.items()]
        strategy = f"st.builds({name}, {', '.join(drawn)})"
        if len(strategy) > _LONGEST:
            inner = "".join(f"            {each},\n" for each in drawn)
            strategy = f"\n        st.builds(\n            {name},\n{inner}        )\n    "
        code = _EQUAL.format(
            words=collection_name(name), name=name, strategy=strategy, field=next(iter(fields))
        )
        imports = [
            ("dataclasses", "FrozenInstanceError"),
            ("dataclasses", "replace"),
            ("hypothesis", "given"),
            (self._source.source_of(name), name),
        ]
        for annotation in fields.values():
            if annotation.isidentifier() and annotation not in (*_STRATEGIES, *_PLAIN):
                imports.append((self._source.source_of(annotation), annotation))
        text_imports = [*imports, ("pytest", ""), ("hypothesis.strategies", "")]
        self.add_plain("domain", collection_name(name), code, text_imports)

    def _may_refuse(self, annotation: str) -> bool:
        found = self._source.class_of(annotation.removesuffix(" | None"))
        names = [getattr(each, "name", "") for each in (found.body if found else [])]
        return "__post_init__" in names

    def add_plain(
        self, layer: str, name: str, code: str, imports: Sequence[tuple[str, str]]
    ) -> None:
        """Adds a test whose module imports some modules whole."""
        path = f"tests/unit/{layer}/test_{name}.py"
        if self._source.read(path) is None:
            head = [f'"""What must hold of {name.replace("_", " ")}."""', ""]
            head.append("from __future__ import annotations")
            modules = {"pytest", *(module for module, of in imports if not of)}
            known = [sorted(modules & sys.stdlib_module_names), sorted(modules - _ELSEWHERE)]
            for several in known:
                head += ["", *(f"import {each}" for each in several)] if several else []
            if "hypothesis.strategies" in modules:
                head.append("from hypothesis import strategies as st")
            self._source.write(path, "\n".join(head) + "\n", _WHY)
        self.add(layer, name, code, [each for each in imports if each[1]])

    def policy(self, name: str, role: str, module: str) -> None:
        """A policy is for its role, and for nobody else."""
        code = _POLICY.format(name=name, role=role)
        where = f"{self._package}.services.policies.{module}"
        self.add("services", f"{module}_policies", code, [("triptych", "Actor"), (where, name)])

    def operation(self, request: Request) -> None:
        """An action does what it says; a query counts what a rule holds of."""
        service, _, name = request.name.partition(".")
        owner = "".join(part.title() for part in service.split("_"))
        domain = Domain(self._source)
        fields = domain.parameters(request.words)
        made = [
            f"{each.name} = await add_sample(backend.store, {each.annotation})"
            for each in _objects(fields)
        ]
        called = [f"{owner}.{name}", *map(self._given, fields)]
        imports = needed(_objects(fields))
        for each in _values(fields):
            imports += self._samples.imports(each.annotation)
        if request.kind is Kind.QUERY:
            of = domain.parameters_of(request.words[0])[0][1]
            rule = request.words[0]
            imports += [(self._source.source_of(each), each) for each in (of, rule)]
            made.append(f"await add_sample(backend.store, {of})")
            asked = [rule, *(f"{each.name}={self._given(each)}" for each in fields)]
            done = [
                *call("found = await backend.caller(SOMEBODY).ask(", called, ")", indent=8),
                *call(f"listed = await backend.store.repository({of}).find(", asked, ")", indent=8),
                "assert found == len(list(listed))",
            ]
        else:
            done = call("done = await backend.caller(SOMEBODY).run(", called, ")", indent=8)
            done += self._held(request, fields)
        lines = "\n".join(f"        {line}" for line in [*made, *done])
        code = _OPERATION.format(name=name, package=self._package, lines=lines)
        imports += [
            ("pathlib", "Path"),
            ("triptych", "Actor"),
            ("triptych", "open_backend"),
            (f"{self._package}.services.business_logic.{service}", owner),
            *([("triptych.testing", "add_sample")] if made else []),
        ]
        self.add("services", f"{service}_{name}", code, imports)
        path = f"tests/unit/services/test_{service}_{name}.py"
        constant = self._somebody(request, fields)
        self._source.write(path, with_assignment(self._source.read(path) or "", constant), _WHY)

    def _somebody(self, request: Request, fields: Sequence[Typed]) -> str:
        """Writes who tries it: whoever may act on an object must see it, too."""
        asked = [each.annotation for each in _objects(fields)]
        asked += [request.makes] if request.makes else []
        readers = {role for of in asked for role in readers_of(self._source, of)}
        roles = ", ".join(f'"{each}"' for each in sorted({request.role, *readers}))
        return f'SOMEBODY = Actor("somebody", frozenset({{{roles}}}))'

    def _held(self, request: Request, fields: Sequence[Typed]) -> list[str]:
        """Writes what must hold of what an action returns."""
        of = request.makes or _objects(fields)[0].annotation
        known = self._source.fields_of(of)
        said = {each.name: self._given(each) for each in _values(fields) if each.name in known}
        for word in request.sets:
            name, _, value = word.partition("=")
            written = Domain(self._source).value(name, known[name], value).default
            is_member = "." in written and "(" not in written
            said[name] = _quoted(value) if is_member else written
        return [
            f"assert done.result.{name} {'is' if value in _ONE_OF_A_KIND else '=='} {value}"
            for name, value in said.items()
        ]

    def _given(self, of: Typed) -> str:
        """Writes what a parameter is given: the object that was made, or a value."""
        return of.name if of.is_object else self._samples.value(of.annotation)

    def rule(self, request: Request) -> None:
        """A rule means the same in Python and in the database."""
        parameters = Domain(self._source).parameters_of(request.name)
        if len(parameters) > 1:
            return
        of = parameters[0][1]
        code = _RULE.format(name=request.name, of=of, package=self._package)
        imports = [
            ("pathlib", "Path"),
            ("triptych", "open_backend"),
            ("triptych.testing", "add_sample"),
            (self._source.source_of(of), of),
            (self._source.source_of(request.name), request.name),
        ]
        self.add("domain", "rules_asked", code, imports)

    def lifecycle(self, request: Request) -> None:
        """Every pair of states is tried."""
        of, _, state = request.name.partition(".")
        enum, constant = self._source.fields_of(of)[state], snake_case(of).upper()
        words = snake_case(of)
        given = ["tmp_path: Path", f"old: {enum}", f"new: {enum}"]
        named = f"async def test_{words}_goes_only_where_it_may("
        code = _LIFECYCLE.format(
            head="\n".join(call(named, given, ") -> None:", indent=0)),
            enum=enum,
            package=self._package,
            of=of,
            state=state,
            constant=constant,
        )
        imports = [
            ("dataclasses", "replace"),
            ("itertools", "product"),
            ("pathlib", "Path"),
            ("triptych", "open_backend"),
            ("triptych.domain.errors", "IllegalTransition"),
            ("triptych.testing", "add_sample"),
            (self._source.source_of(of), of),
            (self._source.source_of(enum), enum),
            (f"{self._package}.services.workflows.{words}", constant),
        ]
        self.add_plain("services", f"{words}_lifecycle", code, imports)
