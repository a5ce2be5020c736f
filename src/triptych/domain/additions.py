"""Additions: what can be added to a project, and the short notation of fields."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from enum import StrEnum

from triptych.domain.errors import InvalidInput, Problem

_FIELD = re.compile(
    r"(?P<name>[a-z_][a-z0-9_]*):(?P<type>\{[^{}]+\}|\[[A-Za-z]\w*\]|[A-Za-z]\w*)"
    r"(?P<marks>[?!]*)(=(?P<default>.+))?",
    re.ASCII,
)
_MEMBER = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)
_CLASS = re.compile(r"([A-Z][a-z0-9]+)+", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)
_MEND = "write NAME:TYPE, NAME:TYPE?, NAME:TYPE!, NAME:[TYPE], NAME:{a,b}, and =DEFAULT"


class Kind(StrEnum):
    """What can be added.

    Example:
        ```python
        from triptych.domain.additions import Kind

        assert Kind("value-object") is Kind.VALUE_OBJECT
        ```
    """

    ENTITY = "entity"
    VALUE_OBJECT = "value-object"
    RELATIONSHIP = "relationship"
    EVENT = "event"
    RULE = "rule"
    POLICY = "policy"
    LIFECYCLE = "lifecycle"
    ACTION = "action"
    QUERY = "query"
    HANDLER = "handler"
    REPOSITORY = "repository"
    ROUTE = "route"
    COMMAND = "command"
    SOURCE = "source"
    EXTERNAL_API = "external-api"
    TEST = "test"
    ADR = "adr"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNotation:
    """A field in the short notation, such as `number:str!` or `status:{draft,sent}=draft`.

    Attributes:
        name: What it is called.
        type: The name of its type, or of what it holds several of; empty for members.
        members: The values of an enum that is made for it.
        is_many: Whether it holds several.
        is_optional: Whether it may be missing.
        is_unique: Whether no two objects have the same.
        default: What it is when nobody says, as it is written; `None` where it must be said.

    Example:
        ```python
        from triptych.domain.additions import read_field

        field = read_field("status:{draft,sent}=draft")
        assert field.members == ("draft", "sent")
        assert field.default == "draft"
        assert read_field("number:str!").is_unique
        ```
    """

    name: str
    type: str = ""
    members: tuple[str, ...] = ()
    is_many: bool = False
    is_optional: bool = False
    is_unique: bool = False
    default: str | None = None


def read_field(text: str) -> FieldNotation:
    """Reads a field in the short notation.

    Raises:
        InvalidInput: It is not written so.
    """
    found = _FIELD.fullmatch(text)
    if found is None or keyword.iskeyword(found["name"]):
        raise InvalidInput([Problem("field", f"{text!r:.60} is no field", _MEND)])
    type_, marks = found["type"], found["marks"]
    members = tuple(each.strip() for each in type_.strip("{}").split(",")) if "{" in type_ else ()
    if any(not _MEMBER.fullmatch(each) or keyword.iskeyword(each) for each in members):
        raise InvalidInput([Problem("field", f"{text!r:.60} has a member that is no name", _MEND)])
    return FieldNotation(
        name=found["name"],
        type="" if members else type_.strip("[]"),
        members=members,
        is_many=type_.startswith("["),
        is_optional="?" in marks,
        is_unique="!" in marks,
        default=found["default"],
    )


def check_class(name: str) -> str:
    """Checks the name of a class, such as `Invoice`.

    Raises:
        InvalidInput: It is none.

    Example:
        ```python
        from triptych.domain.additions import check_class

        assert check_class("CrewMember") == "CrewMember"
        ```
    """
    if not _CLASS.fullmatch(name):
        mend = "write it in capitalised words, such as CrewMember"
        raise InvalidInput([Problem("name", f"{name!r:.60} is no name of a class", mend)])
    return name


def check_name(name: str) -> str:
    """Checks the name of a function, a parameter or a service, such as `is_late`.

    Raises:
        InvalidInput: It is none.

    Example:
        ```python
        from triptych.domain.additions import check_name

        assert check_name("is_late") == "is_late"
        ```
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        mend = "write it in small letters, such as is_late"
        raise InvalidInput([Problem("name", f"{name!r:.60} is no name", mend)])
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be added.

    Attributes:
        kind: What kind of thing.
        name: What it is called.
        words: Its fields in the short notation, or what else its kind asks for.
        about: What it is, in one sentence; made of its name where nothing is said.
        role: Who may.
        sets: What an action sets, as `NAME=VALUE`.
        requires: Rules that an action requires.
        records: The event that an action records.
        makes: The entity that an action makes.
        context: Why a decision was needed.
        decision: What was decided.

    Example:
        ```python
        from triptych.domain.additions import Kind, Request

        assert Request(kind=Kind.EVENT, name="InvoicePaid").words == ()
        ```
    """

    kind: Kind
    name: str
    words: tuple[str, ...] = ()
    about: str = ""
    role: str = "member"
    sets: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    records: str = ""
    makes: str = ""
    context: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True)
class FileChange:
    """What becomes of one file.

    Attributes:
        path: Where, from the project's folder.
        before: What was in it; `None` where it was not there.
        after: What is in it then; `None` where it is gone.
        why: Why it is there, in which layer.

    Example:
        ```python
        from triptych.domain.additions import FileChange

        assert FileChange("a.py", None, "x = 1", "a fact").before is None
        ```
    """

    path: str
    before: str | None
    after: str | None
    why: str
