"""The modules of a drafted domain, as a person would write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from triptych.adapters.projects.modules import STANDARD
from triptych.adapters.projects.splicing import with_import
from triptych.adapters.projects.writing import WIDTH, call, literal
from triptych.domain.drafts import Draft, DraftClass, DraftEnum, DraftField, Role
from triptych.domain.ontology import collection_name

_NAME = re.compile(r'"[^"]*"|[A-Za-z_]\w*')
_MODULE_OF = {**STANDARD, "Annotated": "typing"}
_SECRET = re.compile(r"(^|_)(PAS+WO?R?D|PASS(PHRASE)?|PWD|TOKEN|SECRETE?)($|_)")
_DATACLASS = "@dataclass(frozen=True, slots=True, kw_only=True)"
_MODULES = {
    Role.ENTITY: ("entities", "What has an identity and a life."),
    Role.RELATIONSHIP: ("relationships", "What joins entities, with facts of its own."),
    Role.EVENT: ("events", "What has happened."),
}


def domain_modules(draft: Draft, package: str) -> dict[str, str]:
    """Writes the modules of a domain.

    Args:
        draft: The domain; it has an entity.
        package: The package that it is in.

    Returns:
        By module, such as `domain/entities.py`, its text.
    """
    values = f"{package}.domain.value_objects"
    own = {each.name: values for each in draft.enums}
    own |= {name: values for name, _ in draft.ids}
    own |= {each.name: values for each in draft.of(Role.VALUE_OBJECT)}
    made = {"domain/value_objects.py": _values(draft, package)}
    for role, (name, about) in _MODULES.items():
        classes = draft.of(role)
        if classes:
            text = _module(about, classes, own, package)
            made[f"domain/{name}.py"] = text
    return made


def _module(about: str, classes: Sequence[DraftClass], own: dict[str, str], package: str) -> str:
    text = head(about)
    text = with_import(text, "dataclasses", ["dataclass"], package)
    text = _imported(text, _annotations(classes), own, package)
    return with_blocks(text, [written_class(each) for each in classes])


def _values(draft: Draft, package: str) -> str:
    classes = draft.of(Role.VALUE_OBJECT)
    text = head("Values that mean something: ids, states, measures.")
    if classes:
        text = with_import(text, "dataclasses", ["dataclass"], package)
    if draft.enums:
        text = with_import(text, "enum", ["StrEnum"], package)
    text = with_import(text, "typing", ["NewType"], package)
    text = _imported(text, [*_annotations(classes), *(base for _, base in draft.ids)], {}, package)
    ids = "\n".join(
        line
        for name, base in draft.ids
        for line in call(f"{name} = NewType(", [f'"{name}"', base], ")", indent=0)
    )
    blocks = [_enum(each) for each in draft.enums]
    blocks += [written_class(each) for each in classes]
    return with_blocks(f"{text.rstrip()}\n\n{ids}\n", blocks)


def head(about: str) -> str:
    """Begins a module."""
    return f'"""{about}"""\n\nfrom __future__ import annotations\n'


def with_blocks(text: str, blocks: Iterable[str]) -> str:
    """Ends a module with definitions, two empty lines before each."""
    return "\n\n\n".join([text.rstrip(), *blocks]) + "\n"


def _annotations(classes: Iterable[DraftClass]) -> list[str]:
    return [field.annotation for each in classes for field in each.fields]


def _imported(text: str, annotations: Iterable[str], own: dict[str, str], package: str) -> str:
    """Adds the imports of what annotations speak of."""
    names = {name for each in annotations for name in _NAME.findall(each)}
    modules: dict[str, list[str]] = {}
    for name in names:
        module = own.get(name) or _MODULE_OF.get(name)
        if module:
            modules.setdefault(module, []).append(name)
    for module, several in sorted(modules.items()):
        text = with_import(text, module, several, package)
    return text


def written_class(of: DraftClass) -> str:
    """Writes a class: what it is, and its fields."""
    told = [f"        {each.name}: {each.about}" for each in of.fields if each.about]
    doc = [f'    """{of.about}"""']
    if told:
        doc = [f'    """{of.about}', "", "    Attributes:", *told, '    """']
    lines = [line for each in of.fields for line in _field(each)]
    return "\n".join([_DATACLASS, f"class {of.name}:", *doc, *([""] if lines else []), *lines])


def _field(of: DraftField) -> list[str]:
    """Writes a field, on several lines where one cannot hold it."""
    default = " = ()" if of.annotation.startswith("tuple[") else ""
    default = " = None" if of.is_optional else default
    head_, line = f"    {of.name}: ", f"    {of.name}: {of.annotation}{default}"
    outer, _, inner = of.annotation.removesuffix("]").partition("[")
    if len(line) <= WIDTH or not (inner or default):
        return [line]
    if not of.is_optional:
        return [f"{head_}{outer}[", f"        {inner}", f"    ]{default}"]
    if len(f"{head_}{of.annotation} = (") <= WIDTH:
        return [f"{head_}{of.annotation} = (", "        None", "    )"]
    return [f"{head_}(", f"        {of.annotation}", f"    ){default}"]


def _enum(of: DraftEnum) -> str:
    lines = []
    for name, value in of.members:
        aside = "  # noqa: S105  # nosec B105  # a word" if _SECRET.search(name) else ""
        line = f"    {name} = {literal(value)}{aside}"
        inner = f"        {literal(value)}{aside}"
        is_opened = len(inner) <= WIDTH < len(line)
        lines += [f"    {name} = (", inner, "    )"] if is_opened else [line]
    return "\n".join([f"class {of.name}(StrEnum):", f'    """{of.about}"""', "", *lines])


def table_module(draft: Draft, package: str) -> str:
    """Writes what is particular about tables; only that there is nothing, where there is not."""
    classes = [each for each in draft.of(Role.ENTITY) if each.unique]
    if not classes:
        return '"""What is particular about tables: nothing yet."""\n'
    text = head("What is particular about tables.")
    text = with_import(text, "triptych", ["Table"], package)
    names = [each.name for each in classes]
    text = with_import(text, f"{package}.domain.entities", names, package)
    lines = []
    for each in classes:
        name = collection_name(each.name).upper()
        lines += call(
            f"{name} = Table(", [each.name, f"unique=[{_sets(each.unique)}]"], ")", indent=0
        )
    return f"{text.rstrip()}\n\n" + "\n".join(lines) + "\n"


def _sets(unique: Sequence[Sequence[str]]) -> str:
    return ", ".join(f"({', '.join(_quoted(one))}{',' if len(one) == 1 else ''})" for one in unique)


def _quoted(names: Sequence[str]) -> list[str]:
    return [f'"{each}"' for each in names]
