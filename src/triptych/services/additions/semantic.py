"""What is added to the domain: entities, value objects, relationships, events, rules."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from triptych.adapters.projects.modules import ProjectSource
from triptych.adapters.projects.splicing import with_assignment, with_definition, with_import
from triptych.domain.additions import (
    FieldNotation,
    Request,
    check_class,
    check_name,
    read_field,
)
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import article, collection_name, snake_case
from triptych.services.additions.fields import Typed, check_unique, needed

VALUES, ENTITIES, RELATIONSHIPS = "domain.value_objects", "domain.entities", "domain.relationships"
_HEAD = '"""{about}"""\n\nfrom __future__ import annotations\n'
_DATACLASS = "@dataclass(frozen=True, slots=True, kw_only=True)"


def opened(source: ProjectSource, path: str, about: str) -> str:
    """Returns the text of a module, a new one with its docstring where there is none."""
    return source.read(path) or _HEAD.format(about=about)


def imported(text: str, imports: Sequence[tuple[str, str]], package: str, own: str) -> str:
    """Adds imports to a module, but for what it defines itself."""
    for module, name in imports:
        if module != own:
            text = with_import(text, module, [name], package)
    return text


def dotted(path: str) -> str:
    """Names a module by its path, as it is imported."""
    return path.removeprefix("src/").removesuffix(".py").replace("/", ".")


class Domain:
    """Adds to the domain of a project.

    Args:
        source: The project.
    """

    def __init__(self, source: ProjectSource) -> None:
        self.source = source

    def typed(self, of: FieldNotation, owner: str, *, is_stored: bool = False) -> Typed:
        """Works out how a field is written; makes the enum that it asks for.

        Raises:
            InvalidInput: Its type is not there, its default is none of it, or nothing keeps
                unique what is to be.
        """
        check_unique(of, self.source, is_stored=is_stored)
        made = self._enum(of, owner) if of.members else self._named(of)
        default = of.default
        if of.is_many:
            made.annotation = f"tuple[{made.annotation}, ...]"
            made.default = "()"
        elif default is not None:
            made.default = self._default(of, made.annotation)
        if of.is_optional and not of.is_many:
            made.annotation += " | None"
            made.default = made.default or "None"
        return made

    def all_typed(
        self, notations: Sequence[FieldNotation], owner: str, *, is_stored: bool = False
    ) -> list[Typed]:
        """Works out the fields of a class; of several links to one type, each has a way back.

        Args:
            notations: Of its fields.
            owner: What it is called.
            is_stored: Whether it has a table of its own, which can keep values unique.

        Raises:
            InvalidInput: A type is not there, a default is none of it, or nothing keeps what is
                to be unique.
        """
        fields = [self.typed(each, owner, is_stored=is_stored) for each in notations]
        ids, seen = set(self.source.entities().values()), set[str]()
        for each in fields:
            of_id = next((name for _, name in each.imports if name in ids), None)
            if of_id is not None and of_id in seen:
                back = f"{collection_name(owner)}_by_{each.name}"
                each.annotation = each.annotation.replace(of_id, f'Annotated[{of_id}, "{back}"]')
                each.imports.append(("typing", "Annotated"))
            seen |= {of_id} if of_id else set()
        return fields

    def _enum(self, of: FieldNotation, owner: str) -> Typed:
        name = f"{owner}{''.join(part.title() for part in of.name.split('_'))}"
        path = self.source.layer(VALUES, snake_case(name))
        if self.source.where(name) is None:
            text = opened(self.source, path, "Values that mean something.")
            text = with_import(text, "enum", ["StrEnum"], self.source.package)
            members = "\n".join(f'    {_member(each)} = "{each}"' for each in of.members)
            words = f"{of.name.replace('_', ' ')} of {article(owner)}"
            code = f'class {name}(StrEnum):\n    """The {words}."""\n\n{members}'
            why = "values that mean something belong to the domain"
            self.source.write(path, with_definition(text, code), why)
        return Typed(of.name, name, imports=[(self.source.source_of(name), name)])

    def _named(self, of: FieldNotation) -> Typed:
        ids = self.source.entities()
        if of.type in ids:
            of_id = ids[of.type]
            return Typed(of.name, of_id, imports=[(self.source.source_of(of_id), of_id)])
        if of.type in _BUILTIN_TYPES:
            return Typed(of.name, of.type)
        return Typed(of.name, of.type, imports=[(self.source.source_of(of.type), of.type)])

    def _default(self, of: FieldNotation, annotation: str) -> str:
        said = of.default or ""
        try:
            if annotation in _WRITTEN:
                return _WRITTEN[annotation](said)
        except (ValueError, ArithmeticError):
            raise InvalidInput([Problem(of.name, f"{said!r:.60} is no {annotation}")]) from None
        if annotation == "bool" and said in ("true", "false"):
            return said.title()
        members = self.members(annotation)
        if said in members:
            return f"{annotation}.{members[said]}"
        known = f"; there are {', '.join(members)}" if members else ""
        found = f"{said!r:.60} cannot be the default of a {annotation}{known}"
        raise InvalidInput([Problem(of.name, found, "leave it out, and write it by hand")])

    def parameter(self, of: FieldNotation) -> Typed:
        """Works out how a parameter of an action is written: objects are given themselves.

        Raises:
            InvalidInput: Its type is not there.
        """
        check_unique(of, self.source, is_stored=False)
        if of.members or of.is_many:
            mend = "give it plain values and objects; write the rest by hand"
            raise InvalidInput([Problem(of.name, "an action is not given that", mend)])
        if of.type in self.source.entities():
            module = self.source.source_of(of.type)
            return Typed(of.name, of.type, imports=[(module, of.type)], is_object=True)
        return self.typed(of, "")

    def parameters(self, words: Sequence[str]) -> list[Typed]:
        """Works out the parameters among the words of an action or a query."""
        return [self.parameter(read_field(each)) for each in words if ":" in each]

    def parameters_of(self, rule: str) -> list[tuple[str, str]]:
        """Lists the parameters of a rule, with their annotations.

        Raises:
            InvalidInput: There is no such rule.
        """
        for path in self.source.modules("domain"):
            for each in self.source.tree(path).body:
                if isinstance(each, ast.FunctionDef) and each.name == rule and each.args.args:
                    arguments = each.args.args
                    return [
                        (a.arg, ast.unparse(a.annotation or ast.Name("str"))) for a in arguments
                    ]
        raise InvalidInput([Problem("rule", f"there is no rule {rule!r:.60}", "add it first")])

    def value(self, name: str, annotation: str, said: str) -> Typed:
        """Writes a value of a field, as it stands in code.

        Raises:
            InvalidInput: It is none.
        """
        plain = annotation.removesuffix(" | None")
        written = self._default(FieldNotation(name=name, type=plain, default=said), plain)
        imports = [] if plain in _BUILTIN_TYPES else [(self.source.source_of(plain), plain)]
        return Typed(name, plain, written, imports)

    def members(self, name: str) -> dict[str, str]:
        """Lists what the members of an enum of the domain stand for, with their names."""
        found = self.source.class_of(name)
        return {
            str(each.value.value): each.targets[0].id
            for each in (found.body if found else [])
            if isinstance(each, ast.Assign)
            and isinstance(each.value, ast.Constant)
            and isinstance(each.targets[0], ast.Name)
        }

    def entity(self, request: Request) -> None:
        """Adds an entity, with an id of its own."""
        name, of_id = check_class(request.name), f"{request.name}Id"
        notations = [read_field(each) for each in request.words]
        if self.source.where(of_id) is None:
            self._id(of_id)
        fields = self.all_typed(notations, name, is_stored=True)
        own = Typed("id", of_id, imports=[(self.source.source_of(of_id), of_id)])
        about = request.about or _described(name, notations)
        path = self.source.layer(ENTITIES, snake_case(name))
        self._class(path, "What has an identity and a life.", name, about, [own, *fields])
        self._table(name, notations)

    def _id(self, name: str) -> None:
        path = self.source.layer(VALUES, snake_case(name))
        text = opened(self.source, path, "Values that mean something.")
        text = with_import(text, "typing", ["NewType"], self.source.package)
        text = with_import(text, "uuid", ["UUID"], self.source.package)
        line = f'{name} = NewType("{name}", UUID)'
        why = "an id of its own, so that no other can stand in its place"
        self.source.write(path, with_assignment(text, line), why)

    def _class(
        self, path: str, module_about: str, name: str, about: str, fields: Sequence[Typed]
    ) -> None:
        text = opened(self.source, path, module_about)
        text = with_import(text, "dataclasses", ["dataclass"], self.source.package)
        text = imported(text, needed(fields), self.source.package, dotted(path))
        lines = "\n".join(f"    {each.line}" for each in fields)
        code = f'{_DATACLASS}\nclass {name}:\n    """{about}"""\n\n{lines}'
        why = "what the world is: frozen, typed, and of the standard library alone"
        self.source.write(path, with_definition(text, code), why)

    def _table(self, name: str, notations: Sequence[FieldNotation]) -> None:
        unique = [each.name for each in notations if each.is_unique]
        if not unique:
            return
        path = f"src/{self.source.package}/adapters/database/__init__.py"
        text = opened(self.source, path, "What is particular about tables.")
        text = with_import(text, "triptych", ["Table"], self.source.package)
        text = with_import(text, self.source.source_of(name), [name], self.source.package)
        groups = ", ".join(f'["{each}"]' for each in unique)
        line = f"{collection_name(name).upper()} = Table({name}, unique=[{groups}])"
        why = "that no two have the same is a promise of the table"
        self.source.write(path, with_definition(text, line), why)

    def value_object(self, request: Request) -> None:
        """Adds a value object."""
        name = check_class(request.name)
        notations = [read_field(each) for each in request.words]
        held = [each.name for each in notations if each.type in self.source.entities()]
        if held:
            mend = "values have no identity; say it with an entity or a relationship"
            raise InvalidInput([Problem(held[0], f"{name} would hold an object", mend)])
        fields = self.all_typed(notations, name)
        path = self.source.layer(VALUES, snake_case(name))
        about = request.about or _described(name, notations)
        self._class(path, "Values that mean something.", name, about, fields)

    def relationship(self, request: Request) -> None:
        """Adds a relationship between entities."""
        name = check_class(request.name)
        notations = [read_field(each) for each in request.words]
        ends = [each for each in notations if each.type in self.source.entities()]
        if len(ends) < 2:
            mend = "name at least two entities, such as member:Person team:Team"
            raise InvalidInput([Problem("fields", f"{name} joins {len(ends)} entities", mend)])
        fields = self.all_typed(notations, name, is_stored=True)
        path = self.source.layer(RELATIONSHIPS, snake_case(name))
        about = request.about or _described(name, notations)
        self._class(path, "What joins entities, with facts of its own.", name, about, fields)
        self._table(name, notations)

    def event(self, request: Request) -> None:
        """Adds an event."""
        name = check_class(request.name)
        fields = [self.typed(read_field(each), name) for each in request.words]
        path = self.source.layer("domain.events", snake_case(name))
        words = snake_case(name).replace("_", " ")
        about = request.about or f"What is told when this has happened: {words}."
        self._class(path, "What has happened.", name, about, fields)

    def rule(self, request: Request) -> None:
        """Adds a rule: a plain function, made of one expression."""
        name = check_name(request.name)
        expression, *arguments = request.words or ("",)
        names = self._names(expression)
        given = [self.typed(read_field(each), "") for each in arguments]
        subjects = self._subjects(names, expression)
        known = {*subjects, *(each.name for each in given), *_BUILTIN}
        others = [each for each in names if each not in known]
        imports = [(self.source.source_of(e), e) for e in (*subjects.values(), *others)]
        path = self.source.layer("domain.rules", name)
        text = opened(self.source, path, "Conditions that have a name.")
        imports += needed(given)
        text = imported(text, imports, self.source.package, dotted(path))
        typed = [Typed(each, of) for each, of in subjects.items()]
        parameters = [each.line for each in (*typed, *given)]
        about = request.about or _sentence(name, next(iter(subjects)))
        code = (
            f"def {name}({', '.join(parameters)}) -> bool:\n"
            f'    """{about}"""\n    return {expression}'
        )
        why = "a condition with a name, which code and databases ask alike"
        self.source.write(path, with_definition(text, code), why)

    def _subjects(self, names: Sequence[str], expression: str) -> dict[str, str]:
        """Finds the objects that an expression speaks of, with their classes."""
        types = {snake_case(each): each for each in self.object_types()}
        subjects = {each: types[each] for each in names if each in types}
        if not subjects:
            mend = f"begin with one of {', '.join(types)}"
            raise InvalidInput([Problem("expression", f"{expression!r:.60} asks nothing", mend)])
        return subjects

    def _names(self, text: str) -> list[str]:
        """Lists the names of an expression, each once."""
        tree = self._expression(text)
        return list(dict.fromkeys(e.id for e in ast.walk(tree) if isinstance(e, ast.Name)))

    def _expression(self, text: str) -> ast.Expression:
        try:
            return ast.parse(text, mode="eval")
        except SyntaxError:
            mend = "write a condition in Python, such as 'invoice.total > 0'"
            raise InvalidInput([Problem("expression", f"{text!r:.60} is none", mend)]) from None

    def value_objects(self) -> Iterator[str]:
        """Yields the names of the value objects that take whatever their fields take."""
        for each in self._definitions("value_objects"):
            if isinstance(each, ast.ClassDef) and self.source.fields_of(each.name):
                methods = [getattr(inner, "name", "") for inner in each.body]
                yield from [each.name] if "__post_init__" not in methods else []

    def rules(self) -> Iterator[str]:
        """Yields the names of the rules that ask one object."""
        for each in self._definitions("rules"):
            if isinstance(each, ast.FunctionDef) and len(each.args.args) == 1:
                yield each.name

    def _definitions(self, concept: str) -> Iterator[ast.stmt]:
        for path in self.source.modules("domain"):
            if path.startswith(f"src/{self.source.package}/domain/{concept}"):
                yield from self.source.tree(path).body

    def object_types(self) -> Iterator[str]:
        """Yields the names of the entities, then of the relationships."""
        yield from self.source.entities()
        for path in self.source.modules("domain"):
            if path.startswith(f"src/{self.source.package}/domain/relationships"):
                for each in self.source.tree(path).body:
                    if isinstance(each, ast.ClassDef):
                        yield each.name


_BUILTIN_TYPES = ("str", "int", "float", "bool", "bytes")
_WRITTEN: Mapping[str, Callable[[str], str]] = {
    "str": lambda said: json.dumps(said, ensure_ascii=False),
    "int": lambda said: repr(int(said)),
    "float": lambda said: repr(float(said)),
    "Decimal": lambda said: f'Decimal("{Decimal(said)}")',
}
_BUILTIN = {"len", "any", "all", "abs", "sum", "min", "max", "True", "False", "None"}


def _member(value: str) -> str:
    return value.replace("-", "_").upper()


def _described(name: str, fields: Sequence[FieldNotation]) -> str:
    """Describes a class by what it holds."""
    whole = article(name)
    held = [each.name.replace("_", " ") for each in fields]
    if not held:
        return f"{whole[0].upper()}{whole[1:]}."
    listed = held[0] if len(held) == 1 else f"{', '.join(held[:-1])} and {held[-1]}"
    return f"{whole[0].upper()}{whole[1:]}, with its {listed}."


def _sentence(name: str, subject: str) -> str:
    return f"The {subject.replace('_', ' ')} {name.replace('_', ' ')}."
