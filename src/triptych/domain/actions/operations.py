"""Operations: what a service can be asked, as its signatures say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from triptych.domain.actions.declaration import Mark
from triptych.domain.ontology import Property


class Held(StrEnum):
    """How a parameter or a result holds several values.

    Example:
        ```python
        from triptych.domain.actions import Held

        assert Held("list") is Held.LIST
        ```
    """

    LIST = "list"
    TUPLE = "tuple"
    FROZENSET = "frozenset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One parameter of an operation.

    Attributes:
        value: Its name, type, default and description; of an entity, the type of its id.
        entity: The object type that it is loaded as; `None` for a value.
        held: How it holds several; `None` for one.
        is_secret: Whether its value is never written down.
    """

    value: Property
    entity: str | None = None
    held: Held | None = None
    is_secret: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.value.name


@dataclass(frozen=True, slots=True)
class Output:
    """What an operation returns.

    Attributes:
        entity: The object type; `None` for a value, or for nothing.
        value: The type of a value; `None` for an entity, or for nothing.
        held: How it holds several; `None` for one.
        is_optional: Whether it may be nothing.

    Example:
        ```python
        from triptych.domain.actions import Output

        assert Output("City").held is None
        ```
    """

    entity: str | None = None
    value: Property | None = None
    held: Held | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An action or a query of a service.

    Attributes:
        service: The name of the service, such as `operations`.
        name: Its own name, such as `postpone`.
        owner: The class that has it.
        function: The method.
        mark: What is declared of it.
        inputs: Its parameters.
        output: What it returns.
        description: The summary of its docstring.
        details: The rest of it, before its sections.
    """

    service: str
    name: str
    owner: type
    function: Callable[..., Any]
    mark: Mark
    inputs: tuple[Input, ...]
    output: Output
    description: str = ""
    details: str = ""

    @property
    def full_name(self) -> str:
        """Service and name, as the ledger writes it."""
        return f"{self.service}.{self.name}"
