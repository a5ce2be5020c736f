"""What the pages of a drafted project say of it."""

from __future__ import annotations

from collections.abc import Sequence

from triptych.adapters.projects.splicing import with_import
from triptych.adapters.projects.writing import call
from triptych.domain.drafts import Draft, DraftClass, Role
from triptych.domain.ontology import collection_name, snake_case, spoken
from triptych.services.drafts.modules import written_class

_MOST_SHOWN, _MOST_NAMED = 6, 40
_MODULES = {
    Role.ENTITY: "entities",
    Role.RELATIONSHIP: "relationships",
    Role.VALUE_OBJECT: "value_objects",
    Role.EVENT: "events",
}


def page_names(draft: Draft, package: str, *, is_loaded: bool) -> dict[str, str]:
    """Says what stands in the pages and files of a draft where they leave a place.

    Args:
        draft: The domain; it has an entity.
        package: The package that it is in.
        is_loaded: Whether it has files to load.
    """
    main, entities = main_entity(draft), draft.of(Role.ENTITY)
    plural = [collection_name(each.name).replace("_", " ") for each in entities[:_MOST_SHOWN]]
    more = f" and {len(entities) - _MOST_SHOWN} more" if len(entities) > _MOST_SHOWN else ""
    load = f"uv run {package.replace('_', '-')} load" if is_loaded else ""
    return {
        "about": f"{', '.join(plural).capitalize()}{more}.",
        "main": main.name,
        "key": snake_case(main.name),
        "service": "desk",
        "shown": "\n".join(written_class(main).splitlines()[:_MOST_NAMED]),
        "load": load or f"uv run {package.replace('_', '-')} describe",
        "concepts": _concepts(draft),
        "doubts": _doubts(draft),
        "modules": _modules(draft, package),
        "entityimports": _imports(draft, package),
        "readable": _readable(draft),
        "copied": "COPY data /app/data" if is_loaded else "",
        "pages": "\n  - What was guessed: doubts.md",
        "needed": '"polars", "triptych[standard]"' if is_loaded else '"triptych[standard]"',
    }


def main_entity(draft: Draft) -> DraftClass:
    """Finds the entity that a project is shown by: that which leads to most others."""
    ids = {name for name, _ in draft.ids}
    return max(draft.of(Role.ENTITY), key=lambda each: sum(f.type in ids for f in each.fields))


def _concepts(draft: Draft) -> str:
    lines = ["| what | is a | with |", "|---|---|---|"]
    for role in (Role.ENTITY, Role.RELATIONSHIP, Role.VALUE_OBJECT, Role.EVENT):
        for each in draft.of(role):
            names = [field.name.replace("_", " ") for field in each.fields if field.name != "id"]
            held = ", ".join(names[:_MOST_SHOWN]) + (" …" if len(names) > _MOST_SHOWN else "")
            lines.append(f"| {spoken(each.name)} | {role} | {held} |")
    return "\n".join(lines)


def _doubts(draft: Draft) -> str:
    lines = []
    for each in draft.doubts:
        mend = f" ({each.mend})" if each.mend else ""
        lines.append(f"- **{_plain(each.where)}** {_plain(each.found)}{_plain(mend)}.")
    return "\n".join(lines) or "Nothing."


def _plain(text: str) -> str:
    """Keeps a text from being read as Markdown."""
    return "".join(f"\\{each}" if each in "\\`*_[]<>#|" else each for each in text)


def _modules(draft: Draft, package: str) -> str:
    names = [f"domain.{_MODULES[role]}" for role in Role if draft.of(role)]
    names.append("services.policies.reading")
    return "\n\n".join(f"::: {package}.{each}" for each in names)


def _imports(draft: Draft, package: str) -> str:
    text = ""
    for role in (Role.ENTITY, Role.RELATIONSHIP):
        names = [each.name for each in draft.of(role)]
        if names:
            text = with_import(text, f"{package}.domain.{_MODULES[role]}", names, package)
    return text.strip()


def _readable(draft: Draft) -> str:
    names: Sequence[str] = [
        each.name for role in (Role.ENTITY, Role.RELATIONSHIP) for each in draft.of(role)
    ]
    return "\n" + "\n".join(call("@allows(", ['"read"', *names], ")", indent=0))
