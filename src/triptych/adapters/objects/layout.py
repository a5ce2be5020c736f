"""How an object is laid out in a row: value objects flattened, each value a column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from triptych.domain.errors import Misconfigured
from triptych.domain.ontology import (
    Choice,
    Enumeration,
    Identifier,
    Many,
    ObjectType,
    Property,
    Scalar,
    ScalarKind,
    Structure,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a row.

    Attributes:
        name: In SQL.
        path: The names of the properties that lead to the value.
        type: What one value of it is.
        is_nullable: Whether the database allows NULL.
        is_optional: Whether Python allows `None` once its value object is there.
        many: How it holds several values, written as one JSON array.
        is_joined: Whether the several values are ids, kept as rows of a table of their own.
        is_presence: Whether it only tells that an optional value object is there.
    """

    name: str
    path: tuple[str, ...]
    type: Scalar | Identifier | Enumeration | Choice | Structure | None
    is_nullable: bool = False
    is_optional: bool = False
    many: Many | None = None
    is_joined: bool = False
    is_presence: bool = False

    @property
    def kind(self) -> ScalarKind | None:
        """What its cells are; `None` for a JSON array."""
        if self.many:
            return None
        is_presence = self.type is None or isinstance(self.type, Structure)
        return ScalarKind.BOOL if is_presence else self.type.kind  # type: ignore[union-attr]  # told by the line above


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The columns of one value object.

    Attributes:
        path: The names of the properties that lead to it.
        structure: The value object.
        is_optional: Whether it may be missing as a whole.
        fields: Its columns and groups, in the order of its properties.
        witness: The column that is NULL where it is missing, if it is optional.
    """

    path: tuple[str, ...]
    structure: Structure
    is_optional: bool
    fields: tuple[Column | Group, ...]
    witness: Column | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The row of an object type.

    Attributes:
        object_type: What is laid out.
        fields: Columns and groups, in the order of its properties.
        columns: All columns, groups opened.
        key: Those that identify an object.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.layout import lay_out

        layout = lay_out(read_ontology("flights").object_type("Airport"))
        assert [each.name for each in layout.columns][2] == "position_latitude"
        ```
    """

    object_type: ObjectType
    fields: tuple[Column | Group, ...]
    columns: tuple[Column, ...]
    key: tuple[Column, ...] = field(init=False)

    def __post_init__(self) -> None:
        key = tuple([self.column((name,)) for name in self.object_type.key])
        object.__setattr__(self, "key", key)

    def column(self, path: tuple[str, ...]) -> Column:
        """Looks a column up by the names that lead to its value.

        Raises:
            KeyError: There is no such column.
        """
        for each in self.columns:
            if each.path == path and not each.is_presence:
                return each
        raise KeyError(path)

    def links(self) -> Iterator[tuple[Column, Identifier]]:
        """Yields the columns that hold ids of other objects, joined ones too."""
        for each in self.columns:
            if isinstance(each.type, Identifier) and each.path != ("id",):
                yield each, each.type


def lay_out(object_type: ObjectType) -> Layout:
    """Lays an object type out.

    Raises:
        Misconfigured: Two of its values would share a column name.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.layout import lay_out

        layout = lay_out(read_ontology("flights").object_type("CrewAssignment"))
        assert [each.name for each in layout.key] == ["member", "flight"]
        ```
    """
    fields = tuple(_field(each, (), False) for each in object_type.properties)
    columns = tuple(column for each in fields for column in _open(each))
    names = [each.name for each in columns]
    for name in names:
        if names.count(name) > 1:
            raise Misconfigured(
                f"{object_type.name} has two values that would be column {name}; rename one"
            )
    return Layout(object_type, fields, columns)


def _open(field: Column | Group) -> Iterator[Column]:
    if isinstance(field, Column):
        yield field
        return
    if field.witness and field.witness.is_presence:
        yield field.witness
    for each in field.fields:
        yield from _open(each)


def _field(held: Property, prefix: tuple[str, ...], is_nullable: bool) -> Column | Group:
    path = (*prefix, held.name)
    if isinstance(held.type, Structure) and not held.many:
        return _group(held, held.type, path, is_nullable or held.is_optional)
    return Column(
        name="_".join(path),
        path=path,
        type=held.type,
        is_nullable=is_nullable or held.is_optional,
        is_optional=held.is_optional,
        many=held.many,
        is_joined=bool(held.many) and isinstance(held.type, Identifier),
    )


def _group(held: Property, structure: Structure, path: tuple[str, ...], is_nullable: bool) -> Group:
    fields = tuple(_field(each, path, is_nullable) for each in structure.properties)
    witness = None
    if held.is_optional:
        required = (f for f in fields if isinstance(f, Column) and not f.is_optional)
        witness = next(required, None) or Column(
            name=f"{'_'.join(path)}__present", path=path, type=None, is_presence=True
        )
    return Group(
        path=path,
        structure=structure,
        is_optional=held.is_optional,
        fields=fields,
        witness=witness,
    )
