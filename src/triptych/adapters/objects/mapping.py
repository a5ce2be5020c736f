"""From a row to an object and back, by functions generated once per type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import msgspec

from triptych.adapters.database.dialect import Codec, Dialect
from triptych.adapters.objects.layout import Column, Group, Layout
from triptych.adapters.objects.values import Unfit, fitter, parse, writer
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.ontology import (
    Enumeration,
    Many,
    Property,
    Structure,
)

_CONTAINERS: dict[Many, Callable[[Any], Any]] = {Many.TUPLE: tuple, Many.FROZENSET: frozenset}


class Mapping:
    """From rows to objects and back, for one object type in one database's terms.

    The two functions are generated when they are first needed: most processes need those of a
    few object types.

    Args:
        layout: The row.
        dialect: How the database says things.
    """

    def __init__(self, layout: Layout, dialect: Dialect) -> None:
        self._layout, self._dialect = layout, dialect

    @cached_property
    def _functions(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        return _generate(self._layout, self._dialect)

    @property
    def make(self) -> Callable[[Sequence[Any]], Any]:
        """From the values of its columns, in order, to the object."""
        return self._functions[0]

    @property
    def values(self) -> Callable[[Any], tuple[Any, ...]]:
        """From an object to the values of its columns, in order."""
        return self._functions[1]

    def checked_values(self, of: Any) -> tuple[Any, ...]:
        """Returns the values of an object's columns.

        Raises:
            InvalidInput: It is of another class, or some do not fit their types; all are told.
        """
        if type(of) is not self._layout.object_type.python:
            found = f"{of!r:.60} is not a {self._layout.object_type.name}"
            raise InvalidInput([Problem("", found)])
        try:
            return self.values(of)
        except (Unfit, AttributeError, TypeError, KeyError):
            problems = list(_problems(of, self._layout.object_type.properties, ""))
            if not problems:
                raise
            raise InvalidInput(problems) from None


def make_mapping(layout: Layout, dialect: Dialect) -> Mapping:
    """Makes the mapping of one layout in one database's terms.

    The source that it generates names fields of dataclasses only: each is a Python identifier.

    Example:
        ```python
        from flights.domain.entities import Carrier
        from flights.domain.value_objects import CarrierCode
        from triptych import read_ontology
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.objects.layout import lay_out
        from triptych.adapters.objects.mapping import make_mapping

        mapping = make_mapping(lay_out(read_ontology("flights").object_type(Carrier)), SqliteDialect())
        united = Carrier(id=CarrierCode("UA"), name="United")
        assert mapping.make(mapping.values(united)) == united
        ```
    """
    return Mapping(layout, dialect)


def _generate(layout: Layout, dialect: Dialect) -> tuple[Callable[..., Any], Callable[..., Any]]:
    generator = _Generator(dialect)
    python = generator.bind("C", layout.object_type.python)
    places = {column.name: place for place, column in enumerate(layout.columns)}
    arguments = ", ".join(generator.argument(each, places) for each in layout.fields)
    values = "".join(f"{text}, " for each in layout.fields for text in generator.values(each, "o"))
    source = (
        f"def make(r):\n    return {python}({arguments})\n"
        f"def values(o):\n    return ({values})\n"
    )
    # The source is made of the names of fields alone.
    exec(source, generator.names)  # noqa: S102  # nosec B102
    return generator.names["make"], generator.names["values"]


@dataclass(slots=True)
class _Generator:
    dialect: Dialect
    names: dict[str, Any] = field(default_factory=dict)

    def bind(self, prefix: str, value: Any) -> str:
        name = f"_{prefix}{len(self.names)}"
        self.names[name] = value
        return name

    def argument(self, of: Column | Group, places: dict[str, int]) -> str:
        """Writes `name=value` of a constructor call, read from the row `r`."""
        name = of.path[-1]
        if isinstance(of, Column):
            return f"{name}={self._decoded(of, f'r[{places[of.name]}]')}"
        inner = ", ".join(self.argument(each, places) for each in of.fields)
        made = f"{self.bind('V', of.structure.python)}({inner})"
        if of.witness is None:
            return f"{name}={made}"
        witness = f"r[{places[of.witness.name]}]"
        is_missing = f"not {witness}" if of.witness.is_presence else f"{witness} is None"
        return f"{name}=(None if {is_missing} else {made})"

    def _decoded(self, column: Column, cell: str) -> str:
        decode = decoder(column, self.dialect)
        if decode is None:
            return cell
        call = f"{self.bind('d', decode)}({cell})"
        return f"(None if {cell} is None else {call})" if column.is_nullable else call

    def values(self, of: Column | Group, owner: str) -> Iterator[str]:
        """Writes the expressions of a field's cells, read from the object `owner`."""
        value = f"{owner}.{of.path[-1]}"
        if isinstance(of, Column):
            encode = self.bind("e", encoder(of, self.dialect))
            if of.is_optional:
                yield f"(None if {value} is None else {encode}({value}))"
            else:
                yield f"{encode}({value})"
            return
        if not of.is_optional:
            for each in of.fields:
                yield from self.values(each, value)
            return
        if of.witness and of.witness.is_presence:
            yield f"{value} is not None"
        for each in of.fields:
            for text in self.values(each, value):
                yield f"(None if {value} is None else {text})"


def encoder(column: Column, dialect: Dialect) -> Callable[[Any], Any]:
    """Returns a function from a Python value to what the driver takes.

    Raises:
        Unfit: (the function) The value does not fit the column's type.
    """
    if column.is_joined:
        return _targets_encoder(column, dialect)
    if column.many or column.type is None or isinstance(column.type, Structure):
        return _array_encoder(column)
    fit, encode = fitter(column.type), dialect.codecs[column.type.kind].encode
    return (lambda value: encode(fit(value))) if encode else fit


def decoder(column: Column, dialect: Dialect) -> Callable[[Any], Any] | None:
    """Returns a function from what the driver gives to a Python value; `None` for as it is."""
    if column.many:
        return _array_decoder(column)
    if column.type is None or isinstance(column.type, Structure):
        return bool
    if isinstance(column.type, Enumeration):
        members = {value: column.type.python[name] for value, name in column.type.members}
        return members.__getitem__
    codec: Codec = dialect.codecs[column.type.kind]
    return codec.decode


def _array_encoder(column: Column) -> Callable[[Any], Any]:
    write = msgspec.json.Encoder().encode

    def encode(value: Any) -> str:
        items = [plain_part(column.type, each) for each in _contained(column, value)]
        if column.many is Many.FROZENSET:
            items.sort(key=repr)
        return write(items).decode()

    return encode


def _targets_encoder(column: Column, dialect: Dialect) -> Callable[[Any], Any]:
    """Encodes the ids of a link to many, each as the cell of a row of its own."""
    encode = encoder(replace(column, many=None, is_joined=False), dialect)
    return lambda value: [encode(each) for each in _contained(column, value)]


def _contained(column: Column, value: Any) -> Any:
    wanted = tuple if column.many is Many.TUPLE else frozenset
    if not isinstance(value, wanted):
        raise Unfit(f"is {value!r:.60}, not a {wanted.__name__}")
    return value


def _array_decoder(column: Column) -> Callable[[Any], Any]:
    read, container = msgspec.json.Decoder().decode, _CONTAINERS[column.many or Many.TUPLE]
    return lambda text: container(parse_part(column.type, each) for each in read(text))


def plain_part(of: Any, value: Any) -> Any:
    """Writes a value, or a value object with all its parts, as plain JSON."""
    if not isinstance(of, Structure):
        return writer(of)(value)
    if type(value) is not of.python:
        raise Unfit(f"is {value!r:.60}, not a {of.name}")
    return {each.name: plain_property(each, getattr(value, each.name)) for each in of.properties}


def plain_property(of: Property, value: Any) -> Any:
    """Writes what a property holds as plain JSON: nothing, one value, or several."""
    if value is None and of.is_optional:
        return None
    if not of.many:
        return plain_part(of.type, value)
    items = [plain_part(of.type, each) for each in value]
    return sorted(items, key=repr) if of.many is Many.FROZENSET else items


def parse_part(of: Any, raw: Any) -> Any:
    """Reads a value, or a value object with all its parts, from plain JSON.

    Raises:
        Unfit: It does not fit.
    """
    if not isinstance(of, Structure):
        return parse(of, raw)
    if not isinstance(raw, dict):
        raise Unfit(f"is {raw!r:.60}, not a {of.name}")
    return of.python(
        **{each.name: parse_property(each, raw.get(each.name)) for each in of.properties}
    )


def parse_property(of: Property, raw: Any) -> Any:
    """Reads what a property holds from plain JSON.

    Raises:
        Unfit: It does not fit.
    """
    if raw is None and of.is_optional:
        return None
    if of.many:
        if not isinstance(raw, list):
            raise Unfit(f"is {raw!r:.60}, not a list")
        return _CONTAINERS[of.many](parse_part(of.type, each) for each in raw)
    return parse_part(of.type, raw)


def _problems(of: Any, properties: Sequence[Property], prefix: str) -> Iterator[Problem]:
    for each in properties:
        where = f"{prefix}{each.name}"
        value = getattr(of, each.name, None)
        if (
            isinstance(each.type, Structure)
            and not each.many
            and isinstance(value, each.type.python)
        ):
            yield from _problems(value, each.type.properties, f"{where}.")
            continue
        try:
            plain_property(each, value)
        except (Unfit, TypeError) as error:
            yield Problem(where, str(error), f"give a {each.annotation}")
