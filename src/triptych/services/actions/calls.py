"""Calls: who asks for what, and what is known of them."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from triptych.adapters.actions.arguments import write_arguments
from triptych.domain.actions import Operation
from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import Ontology


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how.

    Attributes:
        actor: On whose behalf.
        key: Of this call, so that making it again does nothing again.
        correlation: The id by which it is found in logs.
        version: At which the first entity that is given must still be.

    Example:
        ```python
        from triptych import Actor
        from triptych.services.actions.calls import Caller

        assert Caller(Actor("ada"), key="k1").version is None
        ```
    """

    actor: Actor = ANONYMOUS
    key: str | None = None
    correlation: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """An operation, and what it is given: entities by their ids.

    Attributes:
        operation: What is asked for.
        given: By parameter.
    """

    operation: Operation
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        """What it is given as plain JSON, secrets masked.

        Raises:
            InvalidInput: A value does not fit.
        """
        return write_arguments(self.operation, self.given)

    @property
    def digest(self) -> bytes:
        """Tells this call from every other one."""
        given = write_arguments(self.operation, self.given, is_masked=False)
        said = msgspec.json.encode([self.operation.full_name, given], order="sorted")
        return hashlib.sha256(said).digest()


def read_call(
    operation: Operation, ontology: Ontology, arguments: tuple[Any, ...], named: dict[str, Any]
) -> Call:
    """Reads what an operation is given in Python: entities by their ids, or as they are.

    Raises:
        InvalidInput: The arguments do not fit the signature, or values do not fit their types.
    """
    signature = inspect.signature(operation.function)
    try:
        bound = signature.bind(None, *arguments, **named)
    except TypeError as error:
        raise InvalidInput([Problem(operation.full_name, str(error))]) from None
    given = dict(list(bound.arguments.items())[1:])
    for each in operation.inputs:
        if each.entity is not None and each.name in given:
            of = ontology.object_type(each.entity)
            given[each.name] = _ids(given[each.name], of.python, of.key[0])
    call = Call(operation, given)
    call.parameters  # noqa: B018 - whatever does not fit is told here
    return call


def _ids(value: Any, python: type, key: str) -> Any:
    """Puts ids in the place of objects."""
    if isinstance(value, python):
        return getattr(value, key)
    if isinstance(value, list | tuple | frozenset):
        return type(value)(_ids(each, python, key) for each in value)
    return value
