"""Finding what an application declares in its services."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from triptych.adapters.actions.signatures import SignatureReader
from triptych.domain.actions import Invariant, Lifecycle, Operation
from triptych.domain.actions.declaration import events_of, mark_of
from triptych.domain.errors import Misconfigured, UnknownName
from triptych.domain.ontology import Ontology
from triptych.infrastructure.optional import find_modules


@dataclass(frozen=True, slots=True)
class Handler:
    """A method that handles events.

    Attributes:
        name: How deliveries name it, such as `notices.tell`.
        owner: The class that has it.
        method: The method's name.
        events: The classes of events that it handles.
        description: The summary of its docstring.

    Example:
        ```python
        from triptych.services.actions.registry import Handler

        assert Handler("Notices.tell", object, "tell", ()).description == ""
        ```
    """

    name: str
    owner: type
    method: str
    events: tuple[type, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What an application declares.

    Attributes:
        operations: Actions and queries, by full name.
        handlers: By name.
        lifecycles: Which states may follow which.
        invariants: What must always hold.

    Example:
        ```python
        from triptych.services.actions.registry import Declared

        assert Declared({}, {}).owners == ()
        ```
    """

    operations: dict[str, Operation]
    handlers: dict[str, Handler]
    lifecycles: tuple[Lifecycle, ...] = ()
    invariants: tuple[Invariant, ...] = ()

    @property
    def owners(self) -> tuple[type, ...]:
        """The classes of all operations and handlers, each once."""
        owners = [each.owner for each in self.operations.values()]
        owners += [each.owner for each in self.handlers.values()]
        return tuple(dict.fromkeys(owners))

    def operation(self, name: str) -> Operation:
        """Looks an operation up by its full name.

        Raises:
            UnknownName: There is none of that name.
        """
        if name not in self.operations:
            raise UnknownName("action", name, self.operations)
        return self.operations[name]


def find_declared(package: str, ontology: Ontology) -> Declared:
    """Finds services, handlers, lifecycles and invariants in `PACKAGE.services`.

    Raises:
        Misconfigured: A signature cannot be read, or two services have the same name.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.services.actions.registry import find_declared

        declared = find_declared("flights", read_ontology("flights"))
        assert "operations.postpone" in declared.operations
        ```
    """
    reader = SignatureReader(ontology)
    found = list(dict.fromkeys(_declarations(f"{package}.services")))
    operations: dict[str, Operation] = {}
    handlers: dict[str, Handler] = {}
    for owner in (each for each in found if isinstance(each, type)):
        for operation in reader.read(owner):
            _add(operations, operation.full_name, operation)
        for handler in _handlers(owner, ontology):
            _add(handlers, handler.name, handler)
    _check_names(operations, ontology)
    return Declared(
        operations,
        handlers,
        tuple(each for each in found if isinstance(each, Lifecycle)),
        tuple(each for each in found if isinstance(each, Invariant)),
    )


def _add[T](known: dict[str, T], name: str, found: T) -> None:
    if name in known:
        raise Misconfigured(f"two services declare {name}; rename one of the classes")
    known[name] = found


def _check_names(operations: dict[str, Operation], ontology: Ontology) -> None:
    """Checks that no service is called like objects are: both have an address."""
    collections = {each.collection for each in ontology.object_types}
    for each in operations.values():
        if each.service in collections:
            raise Misconfigured(
                f"the service {each.owner.__name__} is called like the objects "
                f"{each.service}; rename it"
            )


def _declarations(name: str) -> Iterator[Any]:
    """Yields what stands in the modules of a package and was made there."""
    for module in find_modules(name):
        for value in vars(module).values():
            if isinstance(value, Lifecycle | Invariant):
                yield value
            elif isinstance(value, type) and value.__module__ == module.__name__:
                methods = inspect.getmembers(value, inspect.isfunction)
                if any(mark_of(each) or events_of(each) for _, each in methods):
                    yield value


def _handlers(owner: type, ontology: Ontology) -> Iterator[Handler]:
    known = {each.python: each for each in ontology.events}
    for name, function in inspect.getmembers(owner, inspect.isfunction):
        events = events_of(function)
        for event in events:
            if event not in known:
                raise Misconfigured(
                    f"{owner.__name__}.{name} handles {event.__name__}, which is no event of the domain"
                )
        if events:
            about = (inspect.getdoc(function) or "").partition("\n\n")[0]
            full = f"{owner.__name__}.{name}"
            yield Handler(full, owner, name, events, " ".join(about.split()))
