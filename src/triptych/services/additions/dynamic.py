"""What is added to the services: policies, lifecycles, actions, queries."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.splicing import (
    find_class,
    with_definition,
    with_import,
    with_method,
    with_parameter,
)
from triptych.adapters.projects.writing import call, signature
from triptych.domain.additions import Request, check_name, read_field
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import article, collection_name, snake_case
from triptych.services.additions.fields import Typed
from triptych.services.additions.semantic import Domain, imported, opened

_WHY_POLICY = "who may is decided by a policy: nobody may what none allows"
_WHY_SERVICE = "what is decided, by the one path that everybody takes"


class Services:
    """Adds to the services of a project.

    Args:
        source: The project.
    """

    def __init__(self, source: ProjectSource) -> None:
        self.source, self._domain = source, Domain(source)

    def policy(self, request: Request) -> None:
        """Adds a policy: a role may read object types, or call actions."""
        name = check_name(request.name)
        if not request.words:
            mend = "name what they may, such as read:Invoice or billing.pay"
            raise InvalidInput([Problem("words", "nothing is allowed", mend)])
        self.allow(name, request.words, request, name)

    def allow(self, name: str, whats: Sequence[str], request: Request, module: str) -> None:
        """Adds the function of a policy."""
        path = self.source.module(f"services.policies.{module}")
        text = opened(self.source, path, "Who may read and do what.")
        decorators = []
        for what in whats:
            of = what.removeprefix("read:")
            if of != what:
                text = with_import(text, self.source.source_of(of), [of], self.source.package)
            decorators.append(f'@allows("read", {of})' if of != what else f'@allows("{what}")')
        text = with_import(text, "triptych", ["Actor", "allows"], self.source.package)
        role = check_name(request.role)
        about = f"Whoever is a {role.replace('_', ' ')} may."
        code = "\n".join(
            [
                *decorators,
                f"def {name}(actor: Actor) -> bool:",
                f'    """{about}"""',
                f'    return actor.has_role("{role}")',
            ]
        )
        self.source.write(path, with_definition(text, code), _WHY_POLICY)

    def lifecycle(self, request: Request) -> None:
        """Adds a lifecycle: which states of an object may follow which."""
        of, _, state = request.name.partition(".")
        annotation = self.source.fields_of(of).get(state)
        members = self._domain.members(annotation) if annotation else {}
        if not members or annotation is None:
            found = f"{of} has no state {state!r} that is an enum"
            raise InvalidInput([Problem("name", found, "write it as Invoice.status")])
        steps: dict[str, list[str]] = {}
        for word in request.words:
            old, _, new = word.partition(">")
            if old not in members or new not in members:
                mend = f"write OLD>NEW of {', '.join(members)}"
                raise InvalidInput([Problem("states", f"{word!r} is no step", mend)])
            steps.setdefault(members[old], []).append(members[new])
        path = self.source.module(f"services.workflows.{snake_case(of)}")
        text = opened(self.source, path, f"The life of {of}.")
        text = with_import(text, "triptych", ["Lifecycle"], self.source.package)
        for name in (of, annotation):
            text = with_import(text, self.source.source_of(name), [name], self.source.package)
        lines = [
            f"        {annotation}.{old}: {{{', '.join(f'{annotation}.{n}' for n in new)}}},"
            for old, new in steps.items()
        ]
        code = "\n".join(
            [
                f"{snake_case(of).upper()} = Lifecycle(",
                f"    {of},",
                f'    "{state}",',
                "    {",
                *lines,
                "    },",
                ")",
            ]
        )
        why = "which state may follow which, held by every write"
        self.source.write(path, with_definition(text, code), why)

    def action(self, request: Request) -> None:
        """Adds an action: a method that changes an object, or makes one."""
        service, name = self._named(request)
        fields = [self._domain.parameter(read_field(each)) for each in request.words]
        of = self._about(request, fields)
        body, imports = self._body(request, of, fields)
        rules = [check_name(each) for each in request.requires]
        imports += [(self.source.source_of(each), each) for each in (of, *rules)]
        imports += [("triptych", "action"), ("triptych", "Repository")]
        imports += [each for field in fields for each in field.imports]
        about = request.about or f"{name.replace('_', ' ').capitalize()} {article(of)}."
        lines = [
            "@action" + _required(rules),
            *signature(name, [f"{e.name}: {e.annotation}" for e in fields], of),
            *_docstring(about, fields),
            *(f"    {line}" for line in body),
        ]
        keeps = {collection_name(of): f"Repository[{of}]"}
        if request.records:
            keeps["events"] = "Events"
            imports.append(("triptych", "Events"))
        add_method(self.source, f"business_logic.{service}", "\n".join(lines), imports, keeps)
        self.allow(f"may_{name}", [f"{service}.{name}"], request, service)

    def _about(self, request: Request, fields: Sequence[Typed]) -> str:
        """Finds the entity that an action is about."""
        of = request.makes or next((e.annotation for e in fields if e.is_object), "")
        if of not in self.source.entities():
            mend = "give it an object, such as invoice:Invoice, or say --makes Invoice"
            raise InvalidInput([Problem("words", f"{request.name} is about no entity", mend)])
        return of

    def _body(
        self, request: Request, of: str, fields: Sequence[Typed]
    ) -> tuple[list[str], list[tuple[str, str]]]:
        """Writes what an action does: the lines, and what they import."""
        given, imports = self._given(request, of, fields)
        if request.makes:
            keeper, verb = snake_case(of), "add"
            of_id = self.source.fields_of(of)["id"]
            imports += [("uuid", "uuid4"), (self.source.source_of(of_id), of_id)]
            lines = call(f"{keeper} = {of}(", self._made(of, of_id, given), ")", indent=8)
        else:
            keeper, verb = "changed", "save"
            imports.append(("dataclasses", "replace"))
            lines = call("changed = replace(", _changed(fields, given), ")", indent=8)
        written = f"await self.{collection_name(of)}.{verb}({keeper})"
        if not request.records:
            return [*lines, f"return {written}"], imports
        told, more = self._told(request.records, of, keeper, fields)
        return [*lines, written, *told, f"return {keeper}"], [*imports, *more]

    def _given(
        self, request: Request, of: str, fields: Sequence[Typed]
    ) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """Works out what an action sets: by parameters of the same name, and as it is said."""
        known = self.source.fields_of(of)
        given = {
            each.name: f"{each.name}.id" if each.is_object else each.name
            for each in fields
            if each.name in known
        }
        imports: list[tuple[str, str]] = []
        for word in request.sets:
            name, _, said = word.partition("=")
            if name not in known:
                mend = f"it has {', '.join(known)}"
                raise InvalidInput([Problem("sets", f"{of} has no {name!r}", mend)])
            value = self._domain.value(name, known[name], said)
            given[name] = value.default
            imports += value.imports
        return given, imports

    def _made(self, of: str, of_id: str, given: Mapping[str, str]) -> list[str]:
        known = set(self.source.fields_of(of))
        rest = known - self.source.defaults_of(of) - set(given) - {"id"}
        if rest:
            mend = f"give it {', '.join(sorted(rest))}"
            raise InvalidInput([Problem("words", f"it does not say all of {of}", mend)])
        return [f"id={of_id}(uuid4())", *(f"{n}={v}" for n, v in given.items())]

    def _told(
        self, event: str, of: str, keeper: str, fields: Sequence[Typed]
    ) -> tuple[list[str], list[tuple[str, str]]]:
        """Writes how an event is recorded: by parameters, or by the object itself."""
        plain = {each.name for each in fields if not each.is_object}
        known = self.source.fields_of(of)
        values = []
        for name, annotation in self.source.fields_of(event).items():
            if name in plain:
                values.append(f"{name}={name}")
            elif annotation == known["id"]:
                values.append(f"{name}={keeper}.id")
            elif name in known:
                values.append(f"{name}={keeper}.{name}")
            else:
                mend = f"give the action {name}, or take it out of {event}"
                raise InvalidInput([Problem("records", f"nobody says {name} of {event}", mend)])
        lines = call(f"self.events.record({event}(", values, "))", indent=8)
        return lines, [(self.source.source_of(event), event)]

    def query(self, request: Request) -> None:
        """Adds a query: how many objects there are of which a rule holds."""
        service, name = self._named(request)
        if not request.words:
            raise InvalidInput([Problem("words", "no rule is named", "name one, such as is_late")])
        rule, *words = request.words
        of = self._domain.parameters_of(rule)[0][1]
        module = self.source.source_of(rule)
        fields = [self._domain.parameter(read_field(each)) for each in words]
        handed = "".join(f", {each.name}={each.name}" for each in fields)
        about = request.about or f"Count the {collection_name(of).replace('_', ' ')} by {rule}."
        lines = [
            "@query",
            *signature(name, [f"{e.name}: {e.annotation}" for e in fields], "int"),
            *_docstring(about, fields),
            f"    return await self.{collection_name(of)}.count({rule}{handed})",
        ]
        imports = [(module, rule), (self.source.source_of(of), of)]
        imports += [("triptych", "query"), ("triptych", "Repository")]
        imports += [each for field in fields for each in field.imports]
        keeps = {collection_name(of): f"Repository[{of}]"}
        add_method(self.source, f"business_logic.{service}", "\n".join(lines), imports, keeps)
        self.allow(f"may_{name}", [f"{service}.{name}"], request, service)

    def _named(self, request: Request) -> tuple[str, str]:
        service, _, name = request.name.partition(".")
        if not name:
            mend = "write SERVICE.NAME, such as billing.pay"
            raise InvalidInput([Problem("name", f"{request.name!r:.60} names no service", mend)])
        taken = [collection_name(each) for each in self._domain.object_types()]
        if service in taken:
            mend = "call the service by what it does"
            raise InvalidInput([Problem("name", f"{service} are objects already", mend)])
        return check_name(service), check_name(name)


def _changed(fields: Sequence[Typed], given: Mapping[str, str]) -> list[str]:
    if not given:
        mend = "say --sets NAME=VALUE, or give it parameters that are properties"
        raise InvalidInput([Problem("sets", "it would change nothing", mend)])
    subject = next(each.name for each in fields if each.is_object)
    return [subject, *(f"{name}={value}" for name, value in given.items())]


def _keeps(text: str, owner: str, name: str) -> bool:
    return any(
        isinstance(each, ast.FunctionDef)
        and each.name == "__init__"
        and name in [argument.arg for argument in each.args.args]
        for each in find_class(text, owner).body
    )


def _required(rules: Sequence[str]) -> str:
    if not rules:
        return ""
    return f"(require={rules[0]})" if len(rules) == 1 else f"(require=[{', '.join(rules)}])"


def _docstring(about: str, fields: Sequence[Typed]) -> list[str]:
    if not fields:
        return [f'    """{about}"""']
    told = [f"        {each.name}: The {each.name.replace('_', ' ')}." for each in fields]
    return [f'    """{about}', "", "    Args:", *told, '    """']


def add_method(
    source: ProjectSource,
    service: str,
    method: str,
    imports: Sequence[tuple[str, str]],
    keeps: Mapping[str, str],
) -> None:
    """Adds a method to a service, which is made where it is not there.

    Args:
        source: The project.
        service: Its module among the services, such as `business_logic.billing`.
        method: The code.
        imports: Module and name of what it needs.
        keeps: What the service is made with, by name: its type.
    """
    path, name = source.module(f"services.{service}"), service.rpartition(".")[2]
    owner = class_of(name)
    words = name.replace("_", " ")
    about = _ABOUT[service.partition(".")[0]].format(words)
    text = opened(source, path, about)
    text = imported(text, imports, source.package, "")
    try:
        find_class(text, owner)
    except KeyError:
        parameters = [f"{name}: {annotation}" for name, annotation in keeps.items()]
        head = signature("__init__", parameters, "None", is_async=False)
        code = "\n".join(
            [
                f"class {owner}:",
                f'    """{about}"""',
                "",
                *(f"    {line}" for line in head),
                *(f"        self.{name} = {name}" for name in keeps),
            ]
        )
        text = with_definition(text, code)
    for name, annotation in keeps.items():
        if not _keeps(text, owner, name):
            text = with_parameter(text, owner, name, annotation)
    source.write(path, with_method(text, owner, method), _WHY_SERVICE)


def class_of(service: str) -> str:
    """Names the class of a service after its module."""
    return "".join(part.title() for part in service.split("_"))


_ABOUT = {
    "business_logic": "What is decided about {}.",
    "orchestration": "What follows from events: {}.",
}
