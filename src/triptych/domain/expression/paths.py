"""Paths to stored values, and orders: what says which object comes first."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.ontology import ObjectType, Property, Scalar, ScalarKind, Source, Structure


@dataclass(frozen=True, slots=True)
class Path:
    """The way to one stored value: a property, or a part of a value object.

    Attributes:
        properties: From the object type inward; the last one holds the value.
        names: The names along the way; derived.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.domain.expression import find_path

        path = find_path(read_ontology("flights").object_type("Airport"), "position.latitude")
        assert path.names == ("position", "latitude")
        ```
    """

    properties: tuple[Property, ...] = field(compare=False)
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(each.name for each in self.properties))

    @property
    def leaf(self) -> Property:
        """The property that holds the value."""
        return self.properties[-1]

    @property
    def is_optional(self) -> bool:
        """Whether there may be no value at the end."""
        return any(each.is_optional for each in self.properties)

    def __str__(self) -> str:
        return ".".join(self.names)

    def value(self, of: Any) -> Any:
        """Follows the way on an object; `None` as soon as there is nothing."""
        for each in self.properties:
            of = getattr(of, each.name)
            if of is None:
                return None
        return of


@dataclass(frozen=True, slots=True)
class Order:
    """One value that objects are put in order by; where there is none, they come last.

    Attributes:
        path: The way to the value.
        is_descending: Whether the greatest comes first.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.domain.expression import read_order

        first, *_ = read_order(read_ontology("flights").object_type("Flight"), "-delay")
        assert first.is_descending
        ```
    """

    path: Path
    is_descending: bool = False


RANK = "_rank"
BY_RANK = Order(
    Path((Property(name=RANK, type=Scalar(ScalarKind.FLOAT), source=Source("search", 1)),))
)


@lru_cache(maxsize=4_096)
def find_path(of: ObjectType, name: str) -> Path:
    """Finds the way to a stored value by its dotted name.

    Raises:
        UnknownName: The object type has no such property, or it holds several values.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.domain.expression import find_path

        flight = read_ontology("flights").object_type("Flight")
        assert find_path(flight, "plane").is_optional
        ```
    """
    found: list[Property] = []
    for part in name.split("."):
        step = next((each for each in _known(of, found) if each.name == part), None)
        if step is None:
            raise UnknownName(f"property of {of.name}", name, path_names(of.properties))
        found.append(step)
    leaf = found[-1]
    if isinstance(leaf.type, Structure) or leaf.many:
        parts = [path for path in path_names(of.properties) if path.startswith(f"{name}.")]
        raise UnknownName(f"single value of {of.name}", name, parts or path_names(of.properties))
    return Path(tuple(found))


def _known(of: ObjectType, found: list[Property]) -> tuple[Property, ...]:
    """Returns the properties that a way may go on by."""
    if not found:
        return of.properties
    last = found[-1]
    if last.many or not isinstance(last.type, Structure):
        return ()
    return last.type.properties


def path_names(properties: tuple[Property, ...], prefix: str = "") -> list[str]:
    """Lists the dotted names of all single values."""
    names = []
    for each in properties:
        if isinstance(each.type, Structure) and not each.many:
            names += path_names(each.type.properties, f"{prefix}{each.name}.")
        elif not each.many:
            names.append(prefix + each.name)
    return names


@lru_cache(maxsize=4_096)
def read_order(of: ObjectType, text: str) -> tuple[Order, ...]:
    """Reads an order such as `-delay,number`; the key is added, so that it is total.

    Raises:
        InvalidInput: A property is unknown.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.domain.expression import read_order

        orders = read_order(read_ontology("flights").object_type("Flight"), "-delay,number")
        assert [str(each.path) for each in orders] == ["delay", "number", "id"]
        ```
    """
    orders: list[Order] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        try:
            path = find_path(of, part.removeprefix("-"))
        except UnknownName as error:
            raise InvalidInput([Problem("order", str(error))]) from error
        orders.append(Order(path, part.startswith("-")))
    said = {order.path.names for order in orders}
    is_descending = bool(orders) and orders[-1].is_descending
    rest = [find_path(of, name) for name in of.key if (name,) not in said]
    return (*orders, *(Order(path, is_descending) for path in rest))
