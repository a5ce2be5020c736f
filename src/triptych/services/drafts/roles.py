"""What becomes of shapes: entities, relationships, events, value objects, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from triptych.domain.drafts import Part, Role, Shape, field_name, words_of

_ID_TYPES = ("str", "int", "UUID")
_PAST = ("ed", "sent", "paid", "made", "lost", "sold", "left")


def sound_shapes(shapes: Collection[Shape]) -> dict[str, Shape]:
    """Takes out shapes of nothing, parts that are such, and parts that are the same to us.

    Example:
        ```python
        from triptych.domain.drafts import Part, Shape
        from triptych.services.drafts.roles import sound_shapes

        nothing = Shape(name="nothing", parts=())
        thing = Shape(name="thing", parts=(Part(name="x"), Part(name="n", type="", of="nothing")))
        assert [each.name for each in sound_shapes([nothing, thing])["thing"].parts] == ["x"]
        ```
    """
    sound = {each.name: _distinct(each) for each in shapes}
    while empty := {name for name, each in sound.items() if not each.parts}:
        for name in empty:
            del sound[name]
        for name, each in sound.items():
            parts = (part for part in each.parts if part.type or part.of not in empty)
            sound[name] = replace(each, parts=tuple(parts))
    return sound


def _distinct(shape: Shape) -> Shape:
    """Takes out parts that are the same to us, and makes text of ids that are no such type."""
    seen = {field_name(each) for each in shape.key}
    parts = []
    for each in shape.parts:
        if each.name in shape.key:
            is_odd = shape.key == (each.name,) and each.type not in _ID_TYPES
            parts.append(replace(each, type="str") if is_odd else each)
        elif field_name(each.name) not in seen:
            seen.add(field_name(each.name))
            parts.append(each)
    return replace(shape, parts=tuple(parts))


def roles_of(shapes: Mapping[str, Shape]) -> dict[str, Role]:
    """Decides what each shape is; those that are left out have no role.

    What has a key, or rows, is an entity; but a key of links alone joins what they lead to, as
    does what holds two ids and is held by nothing. What is called after something that has
    happened is an event. What any of them holds is a value object, unless it holds itself.

    Example:
        ```python
        from triptych.domain.drafts import Part, Role, Shape
        from triptych.services.drafts.roles import roles_of

        pet = Shape(name="pet", parts=(Part(name="id"),), key=("id",))
        assert roles_of({"pet": pet}) == {"pet": Role.ENTITY}
        ```
    """
    entities = {name for name, each in shapes.items() if _is_entity(each, shapes)}
    roles = dict.fromkeys(entities, Role.ENTITY)
    held = _held_by_any(shapes)
    events = {name for name, each in shapes.items() if _is_event(each)} - entities
    joining = {name for name, each in shapes.items() if _joined(each, entities) >= 2}
    roles |= dict.fromkeys(events, Role.EVENT)
    roles |= dict.fromkeys(joining - entities - events - held, Role.RELATIONSHIP)
    _find_values(shapes, roles)
    return {name: roles[name] for name in shapes if name in roles}


def _find_values(shapes: Mapping[str, Shape], roles: dict[str, Role]) -> None:
    """Follows from what is kept to what it holds."""
    waiting = sorted(roles)
    while waiting:
        for part in _held(shapes[waiting.pop()], shapes):
            if part.of not in roles and not _holds_itself(part.of, shapes, roles):
                roles[part.of] = Role.VALUE_OBJECT
                waiting.append(part.of)


def _holds_itself(name: str, shapes: Mapping[str, Shape], roles: Mapping[str, Role]) -> bool:
    waiting, seen = [name], set[str]()
    while waiting:
        inner = {
            part.of
            for part in _held(shapes[waiting.pop()], shapes)
            if roles.get(part.of) is not Role.ENTITY
        }
        if name in inner:
            return True
        waiting += inner - seen
        seen |= inner
    return False


def _held_by_any(shapes: Mapping[str, Shape]) -> set[str]:
    return {part.of for each in shapes.values() for part in _held(each, shapes)}


def _held(shape: Shape, shapes: Mapping[str, Shape]) -> Iterator[Part]:
    """Yields the parts that are shapes themselves."""
    for part in shape.parts:
        if not part.type and part.of in shapes:
            yield part


def _is_entity(shape: Shape, shapes: Mapping[str, Shape]) -> bool:
    links = [each for each in shape.key if shape.part(each).of in shapes]
    if len(links) >= 2 and len(links) == len(shape.key):
        return False
    return bool(shape.key or shape.data or shape.rows is not None)


def _joined(shape: Shape, entities: Collection[str]) -> int:
    ends = (each for each in shape.parts if not each.is_many and not each.is_optional)
    return sum(each.of in entities for each in ends)


def _is_event(shape: Shape) -> bool:
    """Tells whether it says that something has happened: a class such as `OrderPaid`."""
    words = words_of(shape.name)
    is_class = not (shape.key or shape.data) and len(words) > 1
    return is_class and words[-1].endswith(_PAST)
