"""Deciding what becomes of what was found: entities, relationships, value objects, events."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from triptych.domain.drafts import (
    LONGEST,
    Draft,
    DraftClass,
    DraftEnum,
    DraftField,
    Part,
    Role,
    Shape,
    Survey,
    class_name,
    field_name,
    id_name,
    member_name,
    words_of,
)
from triptych.domain.ontology import article, collection_name, spoken
from triptych.domain.problem import Problem
from triptych.services.drafts.roles import roles_of, sound_shapes

_TAKEN = {"Actor", "Annotated", "CsvFile", "Decimal", "Health", "Ontology", "Openapi", "StrEnum"}
_TAKEN |= {"Table", "UUID", "NewType", "Enum", *dir(builtins)}
_TEXT_LIMIT = 160
_LONGEST_LINK, _SHORTEST_LINK = 62, 12


def draft_of(survey: Survey) -> Draft:
    """Decides what domain was found.

    Args:
        survey: What was found, and what of it is doubtful.

    Example:
        ```python
        from triptych.domain.drafts import Part, Shape, Survey
        from triptych.services.drafts.deciding import draft_of

        airlines = Shape(name="airlines", parts=(Part(name="id"),), key=("id",))
        assert draft_of(Survey((airlines,))).classes[0].name == "Airline"
        ```
    """
    shapes = sound_shapes(survey.shapes)
    roles = roles_of(shapes)
    kept = {name: each for name, each in shapes.items() if name in roles}
    drafted = _Deciding(kept, roles, _names(kept)).draft()
    lost = [name for name in shapes if name not in roles]
    told = [each for each in survey.doubts if each.where.partition(".")[0] not in lost]
    if lost:
        found = "nothing tells one of them from the other, nothing holds them; they are left out"
        told.append(Problem(", ".join(lost), found, "add those that are entities"))
    return replace(drafted, doubts=(*told, *drafted.doubts))


def _names(shapes: Iterable[str]) -> dict[str, str]:
    """Names classes; no two alike, be it by class or by collection."""
    seen, names = {each.lower() for each in _TAKEN}, {}
    for each in shapes:
        name = free_name(class_name(each), seen)
        seen |= {name.lower(), collection_name(name), id_name(name).lower()}
        names[each] = name
    return names


def _unique(shape: Shape, fields: Iterable[DraftField]) -> tuple[tuple[str, ...], ...]:
    """Names the fields that no two have alike: what is said so, and a key of several."""
    by_part = {each.part: each.name for each in fields}
    sets = [*shape.unique, *([shape.key] if len(shape.key) > 1 else [])]
    named = [
        tuple(by_part[each] for each in several) for several in sets if by_part.keys() >= {*several}
    ]
    return tuple(dict.fromkeys(each for each in named if each != ("id",)))


@dataclass(slots=True)
class _Deciding:
    """The decisions on one survey.

    Attributes:
        shapes: What is kept, by name.
        roles: What each of it is.
        names: What each is called as a class.
        doubts: What was decided and may be doubted.
        enums: By name and values, the enums so far.
        ways_back: By shape, the names by which others lead to it, and those of its own.
    """

    shapes: dict[str, Shape]
    roles: dict[str, Role]
    names: dict[str, str]
    doubts: list[Problem] = field(default_factory=list)
    enums: dict[tuple[str, ...], DraftEnum] = field(default_factory=dict)
    ways_back: dict[str, set[str]] = field(default_factory=dict)

    def draft(self) -> Draft:
        self.ways_back = {
            name: {field_name(part.name) for part in each.parts}
            for name, each in self.shapes.items()
        }
        classes = tuple(self._class(each) for each in self.shapes.values())
        ids = tuple(
            (id_name(self.names[name]), self._id_base(each))
            for name, each in self.shapes.items()
            if self.roles[name] is Role.ENTITY
        )
        enums = tuple(self.enums.values())
        return Draft(classes=classes, enums=enums, ids=ids, doubts=tuple(self.doubts))

    def _class(self, shape: Shape) -> DraftClass:
        name, role = self.names[shape.name], self.roles[shape.name]
        is_entity = role is Role.ENTITY
        fields = {"id": self._id(shape)} if is_entity else {}
        for part in shape.parts:
            if not is_entity or shape.key != (part.name,):
                made = self._field(shape, part, fields.keys())
                fields |= {made.name: made} if made else {}
        return DraftClass(
            name=name,
            role=role,
            fields=tuple(fields.values()),
            shape=shape,
            about=sentence(shape.about) or f"{article(name).capitalize()}.",
            unique=_unique(shape, fields.values()) if is_entity else (),
        )

    def _id(self, shape: Shape) -> DraftField:
        name = id_name(self.names[shape.name])
        part = shape.key[0] if len(shape.key) == 1 else ""
        about = sentence(shape.part(part).about) if part else ""
        return DraftField(name="id", type=name, annotation=name, part=part, about=about)

    def _id_base(self, shape: Shape) -> str:
        if len(shape.key) == 1:
            return shape.part(shape.key[0]).type
        return "str" if shape.key else "int"

    def _field(self, shape: Shape, part: Part, taken: Collection[str]) -> DraftField | None:
        role = self.roles.get(part.of)
        is_link = role is Role.ENTITY and self.roles[shape.name] is not Role.VALUE_OBJECT
        plain = self._plain(shape, part, role, is_link=is_link)
        if not plain:
            found = "holds what is left out itself, and is left out"
            where = f"{shape.name}.{part.name}"
            self.doubts.append(Problem(where, found, "add what it holds by hand"))
            return None
        name = field_name(part.name, is_link=is_link)
        while name in taken or name == "id":
            name = f"{spoken(self.names[shape.name]).split()[-1]}_{name}"
        annotation = self._way_back(shape, part, name, plain) if is_link else plain
        if part.is_many:
            annotation = f"tuple[{annotation}, ...]"
        is_optional = part.is_optional and not part.is_many
        annotation += " | None" if is_optional else ""
        return DraftField(
            name=name,
            type=plain,
            annotation=annotation,
            part=part.name,
            about=sentence(part.about),
            is_optional=is_optional,
        )

    def _plain(self, shape: Shape, part: Part, role: Role | None, *, is_link: bool) -> str:
        """Names the type of a field, without what may be around it; empty where it has none."""
        if is_link:
            return id_name(self.names[part.of])
        if role is Role.ENTITY:
            # Values hold no links: what they are of is known by whoever holds them.
            return part.type or self._id_base(self.shapes[part.of])
        if role is Role.VALUE_OBJECT and not part.type:
            return self.names[part.of]
        if part.members:
            return self._enum(shape, part)
        return part.type

    def _enum(self, shape: Shape, part: Part) -> str:
        """Names the enum of a part; the same values by the same name are the same enum."""
        names = [member_name(each) for each in part.members]
        if None in names or len(set(names)) < len(names):
            return part.type or "str"
        members = tuple((str(n), v) for n, v in zip(names, part.members, strict=True))
        key = (*words_of(part.name), *part.members)
        if key not in self.enums:
            owner, own = self.names[shape.name], class_name(part.name)
            made = own if own.startswith(owner) else f"{owner}{own}"
            known = {*self.names.values(), *map(id_name, self.names.values()), *_TAKEN}
            made = free_name(made, known | {each.name for each in self.enums.values()})
            about = f"The {' '.join(words_of(part.name))} of {article(owner)}."
            self.enums[key] = DraftEnum(made, members, about)
        return self.enums[key].name

    def _way_back(self, shape: Shape, part: Part, name: str, plain: str) -> str:
        """Gives a link a way back of its own, where the usual one is taken."""
        if self.roles[shape.name] is Role.EVENT:
            return plain
        collection, taken = collection_name(self.names[shape.name]), self.ways_back[part.of]
        usual = collection not in taken
        most = max(_LONGEST_LINK - len(plain), _SHORTEST_LINK)
        back = collection if usual else f"{collection}_by_{name}"[:most].rstrip("_")
        again = (f"{back[:most - len(str(n)) - 1]}_{n}" for n in range(2, len(taken) + 3))
        back = next(each for each in (back, *again) if each not in taken)
        taken.add(back)
        return plain if usual else f'Annotated[{plain}, "{back}"]'


def free_name(name: str, taken: Collection[str]) -> str:
    """Finds a name like the one that is wanted, but taken neither itself nor as a collection.

    Example:
        ```python
        from triptych.services.drafts.deciding import free_name

        assert free_name("Order", {"order"}) == "OrderEntry"
        assert free_name("Order", {"order", "orderentry"}) == "OrderRecord"
        ```
    """
    words = ("", *_ORDINALS, *(f"Number{number}" for number in range(2, len(taken) + 3)))
    tried = (f"{name[:LONGEST - len(each)]}{each}" for each in words)
    return next(e for e in tried if not {e, e.lower(), collection_name(e)} & set(taken))


_ORDINALS = ("Entry", "Record", "Detail", "Part", "Item", "Other")


def sentence(text: str) -> str:
    r"""Makes one sentence of what was said, fit for a docstring.

    Example:
        ```python
        from triptych.services.drafts.deciding import sentence

        assert sentence("the name of it\nand more. And so on.") == "The name of it and more."
        ```
    """
    plain = "".join(each if each.isprintable() else " " for each in text)
    plain = " ".join(plain.replace("\\", "/").replace('"', "'").split())
    first = plain.partition(". ")[0].rstrip(".:")
    if len(first) > _TEXT_LIMIT:
        first = first[:_TEXT_LIMIT].rpartition(" ")[0] or first[:_TEXT_LIMIT]
    return f"{first[0].upper()}{first[1:]}." if first else ""
