"""What operations are given and what they return, from plain JSON or text and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from triptych.adapters.objects.mapping import parse_property, plain_property
from triptych.adapters.objects.plain import parse_object, plain_object
from triptych.adapters.objects.values import Unfit, parse, plain, read_value
from triptych.domain.actions import Held, Input, Operation, Output
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.ontology import Ontology, Structure

MASK = "***"
_CONTAINERS: dict[Held, Callable[[Iterable[Any]], Any]] = {
    Held.LIST: list,
    Held.TUPLE: tuple,
    Held.FROZENSET: frozenset,
}


def read_arguments(operation: Operation, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Reads what an operation is given from plain JSON; entities by their ids.

    Raises:
        InvalidInput: Something is missing, unknown or does not fit; all of it is told.

    Example:
        ```python
        from triptych import open_store
        from triptych.adapters.actions.arguments import read_arguments
        from triptych.services.actions import Backend

        backend = Backend(open_store("flights", "sqlite:///:memory:"))
        waiting = backend.declared.operation("operations.waiting")
        assert read_arguments(waiting, {"origin": "JFK"}) == {"origin": "JFK"}
        ```
    """
    known = [each.name for each in operation.inputs]
    problems = [
        Problem(name, str(UnknownName(f"parameter of {operation.full_name}", name, known)))
        for name in raw
        if name not in known
    ]
    read = {}
    for each in operation.inputs:
        if each.name not in raw:
            if each.value.default is None:
                problems.append(Problem(each.name, "is missing", f"give a {_wanted(each)}"))
            continue
        try:
            read[each.name] = _read(each, raw[each.name])
        except (Unfit, ValueError, TypeError) as error:
            problems.append(Problem(each.name, str(error), f"give a {_wanted(each)}"))
    if problems:
        raise InvalidInput(problems)
    return read


def read_recorded(operation: Operation, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Reads back what the ledger says an operation was given; secrets were never written down.

    Raises:
        Unfit: The signature has changed, and it does not fit any more.
    """
    recorded = (each for each in operation.inputs if each.name in raw and not each.is_secret)
    return {each.name: _read(each, raw[each.name]) for each in recorded}


def read_texts(operation: Operation, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Reads what an operation is given as text into plain JSON.

    Several values stand between commas, or are given one by one; a value object is JSON. What
    may be `None` and has no default is that where nothing is said: no text says so.

    Raises:
        InvalidInput: A value is given twice, or does not fit its type.

    Example:
        ```python
        from triptych import open_store
        from triptych.adapters.actions.arguments import read_texts
        from triptych.services.actions import Backend

        backend = Backend(open_store("flights", "sqlite:///:memory:"))
        postpone = backend.declared.operation("operations.postpone")
        assert read_texts(postpone, [("by", "45m")]) == {"by": "PT2700S"}
        ```
    """
    inputs = {each.name: each for each in operation.inputs}
    raw: dict[str, Any] = {}
    problems = []
    for name, text in pairs:
        of = inputs.get(name)
        if of is None:
            raw[name] = text
            continue
        try:
            read = _from_text(of, text)
        except (Unfit, msgspec.DecodeError) as error:
            problems.append(Problem(name, str(error), f"give a {_wanted(of)}"))
            continue
        if name in raw and not _is_several(of):
            problems.append(Problem(name, "is given twice", "give it once"))
        raw[name] = [*raw.get(name, ()), *read] if _is_several(of) else read
    if problems:
        raise InvalidInput(problems)
    return _left_out(operation) | raw


def _left_out(operation: Operation) -> dict[str, Any]:
    """Says `None` for whatever may be that and has no default."""
    inputs = [each for each in operation.inputs if each.value.default is None]
    return dict.fromkeys(each.name for each in inputs if each.value.is_optional)


def _is_several(of: Input) -> bool:
    return of.held is not None or of.value.many is not None


def _from_text(of: Input, text: str) -> Any:
    held = of.value.type
    if isinstance(held, Structure):
        return msgspec.json.decode(text)
    if _is_several(of):
        return [plain(held, read_value(held, each)) for each in text.split(",") if each]
    return plain(held, read_value(held, text))


def _wanted(of: Input) -> str:
    return f"{of.entity}'s id" if of.entity else of.value.annotation


def _read(of: Input, raw: Any) -> Any:
    if of.entity is None:
        value = parse_property(of.value, raw)
        return list(value) if of.held is Held.LIST else value
    if raw is None and of.value.is_optional:
        return None
    if of.held is None:
        return _read_id(of, raw)
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise Unfit(f"is {raw!r:.60}, not a list")
    return _CONTAINERS[of.held](_read_id(of, each) for each in raw)


def _read_id(of: Input, raw: Any) -> Any:
    held = of.value.type
    if isinstance(held, Structure):
        raise Unfit(f"is no id of a {of.entity}")
    return parse(held, raw)


def write_arguments(
    operation: Operation, given: Mapping[str, Any], *, is_masked: bool = True
) -> dict[str, Any]:
    """Writes what an operation is given as plain JSON; for all to see, secrets are masked.

    Raises:
        InvalidInput: A value does not fit; all of it is told.

    Example:
        ```python
        from triptych import open_store
        from triptych.adapters.actions.arguments import write_arguments
        from triptych.services.actions import Backend

        backend = Backend(open_store("flights", "sqlite:///:memory:"))
        waiting = backend.declared.operation("operations.waiting")
        assert write_arguments(waiting, {"origin": "JFK"}) == {"origin": "JFK"}
        ```
    """
    written, problems = {}, []
    for each in operation.inputs:
        if each.name not in given:
            continue
        try:
            value = _written(each, given[each.name])
        except (Unfit, TypeError, ValueError) as error:
            problems.append(Problem(each.name, str(error), f"give a {_wanted(each)}"))
            continue
        written[each.name] = MASK if is_masked and each.is_secret and value is not None else value
    if problems:
        raise InvalidInput(problems)
    return written


def _written(of: Input, value: Any) -> Any:
    if of.entity is None:
        return plain_property(of.value, tuple(value) if of.held is Held.LIST else value)
    if value is None or isinstance(of.value.type, Structure):
        return None
    if of.held is None:
        return plain(of.value.type, value)
    return [plain(of.value.type, each) for each in value]


def write_result(output: Output, result: Any, ontology: Ontology) -> Any:
    """Writes what an operation returned as plain JSON."""
    if result is None or (output.entity is None and output.value is None):
        return None
    if output.entity is None:
        value = tuple(result) if output.held is Held.LIST else result
        return plain_property(output.value, value)  # type: ignore[arg-type]  # a value, as checked
    of = ontology.object_type(output.entity)
    if output.held is None:
        return plain_object(of, result)
    return [plain_object(of, each) for each in result]


def read_result(output: Output, raw: Any, ontology: Ontology) -> Any:
    """Reads back what an operation returned."""
    if raw is None or (output.entity is None and output.value is None):
        return None
    if output.entity is None:
        value = parse_property(output.value, raw)  # type: ignore[arg-type]  # a value, as checked
        return list(value) if output.held is Held.LIST else value
    of = ontology.object_type(output.entity)
    if output.held is None:
        return parse_object(of, raw)
    return _CONTAINERS[output.held](parse_object(of, each) for each in raw)
