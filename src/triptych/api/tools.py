"""Tools of agents: typed input, from which schemas are derived; answers of a size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Struct

from triptych.domain.actor import Actor
from triptych.domain.errors import InvalidInput, Problem, TriptychError, UnknownName

LONGEST = 60_000


class Arguments(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a tool is given; its docstring tells agents what the tool does."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool, as it is listed.

    Attributes:
        name: Of the tool.
        about: What it does, in one sentence.
        schema: What it is given, as a JSON schema.
        is_reading: Whether it changes nothing, whatever it is given.
    """

    name: str
    about: str
    schema: Mapping[str, Any]
    is_reading: bool


async def _uncounted(_: str) -> None:
    """Counts nothing: who calls from their own terminal may as often as they like."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks by tools.

    Attributes:
        actor: On whose behalf.
        correlation: The id by which it is found in logs.
        count: Counts that they call an action, by its address, and refuses where that is too often.
    """

    actor: Actor
    correlation: str = ""
    count: Callable[[str], Awaitable[None]] = _uncounted


type Answer = Callable[[Any, Asker], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Ability:
    """What a tool is given, and who answers.

    Attributes:
        given: What it is given.
        answer: Answers it.
        is_reading: Whether it changes nothing.
    """

    given: type[Arguments]
    answer: Answer
    is_reading: bool = True


class Toolbox:
    """Some tools of agents.

    Args:
        instructions: What an agent is told before anything else.
        abilities: What each tool does, by its name.

    Example:
        ```python
        import asyncio

        from triptych import Actor
        from triptych.api.tools import Ability, Arguments, Asker, Toolbox

        class Greet(Arguments, frozen=True):
            "Greets."

            name: str

        async def greet(given: Greet, asker: Asker) -> str:
            return f"{asker.actor} greets {given.name}"

        box = Toolbox("Greet people.", {"greet": Ability(Greet, greet)})
        answer = box.call("greet", {"name": "bob"}, Asker(Actor("ada")))
        assert asyncio.run(answer) == "ada greets bob"
        ```
    """

    def __init__(self, instructions: str, abilities: Mapping[str, Ability]) -> None:
        self.instructions, self._abilities = instructions, abilities

    @cached_property
    def tools(self) -> list[Tool]:
        """What there is to be called."""
        _, schemas = msgspec.json.schema_components([e.given for e in self._abilities.values()])
        return [
            Tool(name, *_told(schemas[each.given.__name__]), each.is_reading)
            for name, each in self._abilities.items()
        ]

    async def call(self, name: str, arguments: Mapping[str, Any], asker: Asker) -> str:
        """Calls a tool, and returns what it answers.

        Raises:
            UnknownName: There is no such tool, or nothing of a name that is given.
            InvalidInput: What it is given does not fit; or the answer would be too long.
            Forbidden: Whoever asks may not.
            MissingOrConflict: It is not possible as things stand.
        """
        if name not in self._abilities:
            raise UnknownName("tool", name, self._abilities)
        ability = self._abilities[name]
        try:
            given = msgspec.convert(arguments, ability.given)
        except msgspec.ValidationError as error:
            raise InvalidInput([Problem(name, str(error), "see what the tool is given")]) from None
        found = await ability.answer(given, asker)
        if len(found) > LONGEST:
            said = f"the answer has {len(found):,} letters, and {LONGEST:,} are given at the most"
            raise InvalidInput([Problem(name, said, "ask for less, or for fewer `fields`")])
        return found

    def told(self, error: TriptychError, _: Asker) -> TriptychError:
        """Returns what of an error whoever asks may be told."""
        return error


def _told(schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns what a tool does, and what it is given, without what says nothing to an agent."""
    given = {name: _brief(each) for name, each in schema["properties"].items()}
    wanted = {"type": "object", "properties": given, "additionalProperties": False}
    required = schema.get("required", [])
    return schema["description"], wanted | ({"required": required} if required else {})


def _brief(schema: dict[str, Any]) -> dict[str, Any]:
    said = ("type", "description", "items")
    return {name: each for name, each in schema.items() if name in said}
