"""Drafts: the domain that something suggests, a database, files, a schema, classes."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from triptych.domain.ontology import collection_name
from triptych.domain.problem import Problem

_WORD = re.compile(r"[A-Z]{2,}s(?![a-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
LONGEST = 40
_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman"}
_SINGULAR = re.compile(r".*(us|is|ss)|alias|atlas|bias|canvas|gas|news|series|species")
_SUFFIXES = ("_id", "_ids", "_code", "_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a shape: a column, a property of a schema, a field of a class.

    Attributes:
        name: As it is called there.
        type: Its type, in Python's words, such as `str` or `Decimal`; empty where it is a shape.
        of: The shape that it is, or whose key it holds.
        members: All values that it may have, where it is one of a few.
        is_optional: Whether it may be missing.
        is_many: Whether it is several.
        about: What is said of it there.
    """

    name: str
    type: str = "str"
    of: str = ""
    members: tuple[str, ...] = ()
    is_optional: bool = False
    is_many: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What something has of one kind: a table, a file, a schema, a class.

    Attributes:
        name: As it is called there.
        parts: Its parts, in order.
        key: The names of the parts that tell one from the other; none where nothing does.
        unique: Further sets of parts that no two have alike.
        about: What is said of it there.
        data: The file that its rows are in, from the project's folder on; empty for none.
        missing: What stands for no value in that file.
        rows: How many rows it has, where that is known.

    Example:
        ```python
        from triptych.domain.drafts import Part, Shape

        shape = Shape(name="airlines", parts=(Part(name="carrier"),), key=("carrier",))
        assert shape.part("carrier").type == "str"
        ```
    """

    name: str
    parts: tuple[Part, ...]
    key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    about: str = ""
    data: str = ""
    missing: tuple[str, ...] = ()
    rows: int | None = None

    def part(self, name: str) -> Part:
        """Returns the part of a name.

        Raises:
            StopIteration: There is none.
        """
        return next(each for each in self.parts if each.name == name)


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    Attributes:
        shapes: All of it.
        doubts: What was guessed or left out, and what to do about it.
    """

    shapes: tuple[Shape, ...]
    doubts: tuple[Problem, ...] = ()


class Role(StrEnum):
    """What becomes of a shape."""

    ENTITY = "entity"
    RELATIONSHIP = "relationship"
    VALUE_OBJECT = "value object"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftField:
    """A field of a class.

    Attributes:
        name: What it is called.
        type: Its plain type: a scalar's, an enum's, an id's, a value object's name.
        annotation: Its type as it is written.
        part: The part that it is made of; empty for an id that is made of several.
        about: What is said of it.
        is_optional: Whether it may be missing.
    """

    name: str
    type: str
    annotation: str
    part: str = ""
    about: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftClass:
    """A class of the domain.

    Attributes:
        name: What it is called.
        role: What it is.
        fields: Its fields, the id first.
        shape: What it was made of.
        about: What it is, in a sentence.
        unique: The fields that no two have alike, set by set.
    """

    name: str
    role: Role
    fields: tuple[DraftField, ...]
    shape: Shape
    about: str
    unique: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class DraftEnum:
    """An enum of the domain.

    Attributes:
        name: What it is called.
        members: What each member is called, and what it stands for.
        about: What it is, in a sentence.
    """

    name: str
    members: tuple[tuple[str, str], ...]
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A domain, as it was suggested.

    Attributes:
        classes: Entities, relationships, value objects.
        enums: Its enums.
        ids: The types of ids, with the type that each is made of.
        doubts: What was guessed or left out, and what to do about it.
    """

    classes: tuple[DraftClass, ...]
    enums: tuple[DraftEnum, ...]
    ids: tuple[tuple[str, str], ...]
    doubts: tuple[Problem, ...]

    def of(self, role: Role) -> tuple[DraftClass, ...]:
        """Lists the classes of a role."""
        return tuple(each for each in self.classes if each.role is role)


def words_of(name: str) -> list[str]:
    """Splits a name into its words, in small letters.

    Example:
        ```python
        from triptych.domain.drafts import words_of

        assert words_of("HTTPRoute-v2 id") == ["http", "route", "v", "2", "id"]
        ```
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return [word.lower() for word in _WORD.findall(plain)]


def singular(name: str) -> str:
    """Names one of what a collection is called; a name that is none stays as it is.

    Example:
        ```python
        from triptych.domain.drafts import singular

        assert [singular(each) for each in ("cities", "people", "buses", "weather")] == [
            "city", "person", "bus", "weather"
        ]
        ```
    """
    *head, last = name.split("_")
    found = _IRREGULAR.get(last)
    if found is None:
        candidates = (f"{last[:-3]}y", last[:-2], last[:-1])
        found = next((each for each in candidates if each and _is_plural(each, last)), last)
    return "_".join([*head, found])


def _is_plural(one: str, many: str) -> bool:
    return not _SINGULAR.fullmatch(many) and len(one) > 1 and collection_name(one) == many


def class_name(name: str) -> str:
    """Names a class after what something is called elsewhere.

    Example:
        ```python
        from triptych.domain.drafts import class_name

        assert [class_name(each) for each in ("weather_reports", "3D-models", "Über")] == [
            "WeatherReport", "The3DModel", "Uber"
        ]
        ```
    """
    words = words_of(singular("_".join(words_of(name)))) or ["thing"]
    made = "".join(word.title() for word in words)[:LONGEST]
    return f"The{made}" if made[0].isdigit() else made


def field_name(name: str, *, is_link: bool = False) -> str:
    """Names a field after what something is called elsewhere.

    Example:
        ```python
        from triptych.domain.drafts import field_name

        assert field_name("createdAt") == "created_at"
        assert field_name("customer_id", is_link=True) == "customer"
        assert field_name("class") == "class_"
        ```
    """
    made = "_".join(words_of(name)) or "value"
    if is_link:
        suffix = next((each for each in _SUFFIXES if made.endswith(each)), "")
        made = made.removesuffix(suffix) or made
    made = f"n_{made}" if made[0].isdigit() else made[:LONGEST].rstrip("_")
    return f"{made}_" if keyword.iskeyword(made) else made


def member_name(value: str) -> str | None:
    """Names a member of an enum after its value; `None` where nothing can be made of it.

    Example:
        ```python
        from triptych.domain.drafts import member_name

        assert member_name("in-progress") == "IN_PROGRESS"
        assert member_name("42") is None
        ```
    """
    made = "_".join(words_of(value)).upper()
    return made if made.isidentifier() and made.isascii() else None


def id_name(name: str) -> str:
    """Names the type of the ids of a class."""
    return f"{name}Id"


def linked(
    shapes: tuple[Shape, ...], doubts: tuple[Problem, ...]
) -> tuple[tuple[Shape, ...], tuple[Problem, ...]]:
    """Takes parts that are named like the id of another shape for links to it.

    Args:
        shapes: All shapes.
        doubts: What is doubtful so far.

    Returns:
        The shapes with those links, and what is doubtful then.

    Example:
        ```python
        from triptych.domain.drafts import Part, Shape, linked

        pet = Shape(name="pet", parts=(Part(name="id"),), key=("id",))
        visit = Shape(name="visit", parts=(Part(name="pet_id"),))
        (_, visit), doubts = linked((pet, visit), ())
        assert visit.parts[0].of == "pet"
        ```
    """
    ids = {(*words_of(class_name(each.name)), "id"): each for each in shapes if len(each.key) == 1}
    made: list[Shape] = []
    found: dict[str, list[str]] = {}
    for shape in shapes:
        parts = []
        for part in shape.parts:
            target = None if part.of or part.name in shape.key else _meant(part, ids)
            if target is None or target is shape:
                parts.append(part)
                continue
            parts.append(replace(part, of=target.name, members=()))
            found.setdefault(target.name, []).append(f"{shape.name}.{part.name}")
        made.append(replace(shape, parts=tuple(parts)))
    told = [_by_name(name, several) for name, several in found.items()]
    return tuple(made), (*doubts, *told)


def _by_name(name: str, several: Sequence[str]) -> Problem:
    text = f"is what {', '.join(several)} lead to, by their names"
    return Problem(name, text, "make those plain that do not")


def _meant(part: Part, ids: Mapping[tuple[str, ...], Shape]) -> Shape | None:
    """Finds the shape whose id a part is named after, such as `source_pet_id`."""
    words = ["id" if each == "ids" else each for each in words_of(part.name)]
    for start in range(len(words) - 1):
        found = ids.get(tuple(words[start:]))
        if found is not None and found.part(found.key[0]).type == part.type:
            return found
    return None
