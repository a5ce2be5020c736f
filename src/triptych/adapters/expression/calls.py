"""Attributes and calls: what is asked of objects, texts and links, and rules inside of rules."""

from __future__ import annotations

import ast
import inspect
import typing
from dataclasses import replace
from inspect import isclass, ismodule
from typing import Any, NewType

from triptych.adapters.expression.body import MOST_CALLS, Frame, Python
from triptych.adapters.expression.kinds import MAKERS
from triptych.adapters.expression.source import function_source
from triptych.domain.expression import building, reckoning
from triptych.domain.expression.building import Known, Unfitting
from triptych.domain.expression.nodes import (
    Asked,
    Constant,
    Count,
    Exists,
    Expression,
    Item,
    Linked,
    Value,
    Variable,
)
from triptych.domain.expression.paths import Path
from triptych.domain.expression.vocabulary import Change, Kind, Match, Part
from triptych.domain.ontology import Property, Structure

_CHANGES = {each.value: each for each in Change}
_MATCHES = {Match.STARTS.value: Match.STARTS, Match.ENDS.value: Match.ENDS}


def attribute(frame: Frame, node: ast.Attribute, known: Known) -> Expression | Python:
    """Reads an attribute of an object, a value object, a date, a class or a module."""
    of = frame.anything(node.value, known)
    if isinstance(of, Python):
        try:
            return Python(getattr(of.value, node.attr))
        except AttributeError:
            found = f"{frame.source.place(node.value).text} has no {node.attr}"
            raise frame.refused(node, found, "check the name") from None
    if of in frame.classes:
        return _asked(frame, node, of, None, known)
    owner = _owner(of)
    if owner is None:
        place = frame.source.place(node)
        part: Expression = frame.fitting(node, reckoning.extract, node.attr, of, known, place)
        return part
    _check_there(frame, node, of, known)
    python, properties = _members(frame, owner)
    for each in properties:
        if each.name == node.attr:
            return _stored(owner, each)
    computed = inspect.getattr_static(python, node.attr, None)
    if isinstance(computed, property) and computed.fget is not None:
        return _inlined(frame, node, computed.fget, {"self": of}, known)
    names = ", ".join(each.name for each in properties)
    raise frame.refused(node, f"{python.__name__} has no {node.attr}", f"it has {names}")


def _owner(of: Expression) -> Variable | Value | None:
    """Returns an expression that has attributes: an object or a value object."""
    if isinstance(of, Variable):
        return of
    if isinstance(of, Value) and isinstance(of.kind.type, Structure) and not of.kind.many:
        return of
    return None


def _check_there(frame: Frame, node: ast.AST, of: Expression, known: Known) -> None:
    is_optional = of.is_optional if isinstance(of, Variable) else building.kind_of(of).is_optional
    if isinstance(of, Linked) and of.is_several:
        raise frame.refused(node, "these are several", "ask by any(...) or all(...)")
    if is_optional and of not in known:
        said = of.place.text if of.place else "it"
        raise frame.refused(
            node,
            f"{said} may be None, where Python would raise",
            f"ask first: `{said} is not None and ...`",
        )


def _members(frame: Frame, owner: Variable | Value) -> tuple[type, tuple[Property, ...]]:
    if isinstance(owner, Value) and isinstance(owner.kind.type, Structure):
        return owner.kind.type.python, owner.kind.type.properties
    owner = owner.of if isinstance(owner, Value) else owner
    object_type = frame.kinds.ontology.object_type(owner.type_name)
    return object_type.python, object_type.properties


def _stored(of: Variable | Value, held: Property) -> Value:
    kind = Kind(held.type, held.is_optional, held.many)
    if isinstance(of, Value):
        return Value(of.of, Path((*of.path.properties, held)), kind)
    return Value(replace(of, place=None), Path((held,)), kind)


def _asked(
    frame: Frame,
    node: ast.Attribute,
    of: Expression,
    inputs: tuple[Expression, ...] | None,
    known: Known,
) -> Expression:
    """Asks an object that is given for an attribute, or for the answer of a method."""
    python = frame.classes[of]
    member = inspect.getattr_static(python, node.attr, None)
    if node.attr.startswith("_"):
        raise frame.refused(node, f"{node.attr} is private", "ask for what is public")
    function = member.fget if isinstance(member, property) else member
    try:
        if inspect.isfunction(function):
            hint = _answered(function, inputs or ())
        else:
            hint = typing.get_type_hints(python, include_extras=True)[node.attr]
        read = frame.kinds.parameter(hint)
    except (KeyError, NameError, Unfitting):
        found = f"{python.__name__} says no type of {node.attr}"
        raise frame.refused(node, found, "annotate it with a type of the ontology") from None
    if read.kind is None and read.is_optional:
        raise frame.refused(node, f"{node.attr} may be None", "let it always be there")
    asked = Asked(replace(of, place=None), node.attr, inputs, read.kind)
    if read.kind is None and read.python is not None:
        frame.classes[asked] = read.python
    return asked


def _answered(function: Any, inputs: tuple[Expression, ...]) -> Any:
    """Returns the type that a method answers in: of `tuple[Any, ...]`, the one it is given."""
    hint = typing.get_type_hints(function, include_extras=True)["return"]
    of = inspect.signature(function).parameters.get("of")
    if hint != tuple[Any, ...] or of is None:
        return hint
    said = [each.value for each in inputs if isinstance(each, Constant) and _is_type(each.value)]
    one = said[0] if said else of.default
    return tuple[one, ...]  # type: ignore[valid-type]  # made at run time


def _given(frame: Frame, node: ast.expr, known: Known) -> Expression:
    """Reads what a method of an object that is given is called with: a value, or a type."""
    found = frame.anything(node, known)
    if isinstance(found, Python) and _is_type(found.value):
        return Constant(found.value, building.TEXT, place=frame.source.place(node))
    return frame.expression(node, known)


def _is_type(of: Any) -> bool:
    return isclass(of) or isinstance(of, NewType)


def call(frame: Frame, node: ast.Call, known: Known) -> Expression | Python:
    """Reads a call: of a rule, of a method, of one of Python's own functions."""
    if isinstance(node.func, ast.Attribute):
        found = _method(frame, node, node.func, known)
        if found is not None:
            return found
    function = frame.anything(node.func, known)
    if not isinstance(function, Python):
        raise frame.refused(node, "a value is not called", "call a rule")
    called = function.value
    if called in (any, all):
        return _quantified(frame, node, known, is_any=called is any)
    if called is len:
        return _length(frame, node, known)
    if called in MAKERS or isinstance(called, NewType):
        return _made(frame, node, called, known)
    if inspect.isfunction(called):
        return _inlined(frame, node, called, _bound(frame, node, called, known), known)
    said = frame.source.place(node.func).text
    raise frame.refused(
        node, f"{said}() cannot be asked of a database", "compare and reckon instead"
    )


def _method(
    frame: Frame, node: ast.Call, of: ast.Attribute, known: Known
) -> Expression | Python | None:
    """Reads the call of a method; nothing where it is a function of a module or class."""
    owner = frame.anything(of.value, known)
    if isinstance(owner, Python) and (ismodule(owner.value) or isclass(owner.value)):
        return None
    holder = frame.expression(of.value, known)
    if holder in frame.classes:
        given = tuple(_given(frame, each, known) for each in node.args)
        return _asked(frame, of, holder, given, known)
    inputs = [frame.expression(each, known) for each in node.args]
    found = _owner(holder)
    if found is not None:
        _check_there(frame, node, holder, known)
        function = inspect.getattr_static(_members(frame, found)[0], of.attr, None)
        if inspect.isfunction(function):
            scope = _bound(frame, node, function, known, holder)
            return _inlined(frame, node, function, scope, known)
    return _text_method(frame, node, of.attr, [holder, *inputs], known)


def _text_method(
    frame: Frame, node: ast.Call, name: str, parts: list[Expression], known: Known
) -> Expression:
    """Reads a method of a text, or of a duration."""
    place = frame.source.place(node)
    built: dict[tuple[str, int], tuple[Any, ...]] = {
        **{(name, 1): (reckoning.text_change, change) for name, change in _CHANGES.items()},
        **{(name, 2): (reckoning.text_match, match) for name, match in _MATCHES.items()},
        (Part.TOTAL_SECONDS.value, 1): (reckoning.extract, Part.TOTAL_SECONDS),
    }
    how = built.get((name, len(parts)))
    if how is None:
        raise frame.refused(
            node, f"{name}() cannot be asked of a database", "compare and reckon instead"
        )
    read: Expression = frame.fitting(node, *how, *parts, known, place)
    return read


def _bound(
    frame: Frame, node: ast.Call, function: Any, known: Known, *first: Expression
) -> dict[str, Expression]:
    """Gives the parameters of a function what it is called with."""
    given = [*first, *(frame.expression(each, known) for each in node.args)]
    named = {each.arg: frame.expression(each.value, known) for each in node.keywords if each.arg}
    try:
        bound = inspect.signature(function).bind(*given, **named)
    except TypeError as error:
        raise frame.refused(node, str(error), "call it as it is declared") from None
    bound.apply_defaults()
    place = frame.source.place(node)
    return {
        name: (
            value
            if isinstance(value, Expression)
            else frame.fitting(node, frame.kinds.constant, value, place)
        )
        for name, value in bound.arguments.items()
    }


def _inlined(
    frame: Frame, node: ast.AST, function: Any, scope: dict[str, Expression], known: Known
) -> Expression:
    """Reads a function, a method or a property where it is called."""
    if frame.depth == MOST_CALLS:
        raise frame.refused(node, "the calls go too deep, or in a circle", "write it out")
    source = frame.fitting(node, function_source, function)
    if "self" in scope:
        scope = {source.node.args.args[0].arg: scope.pop("self"), **scope}
    inner = Frame(source, frame.kinds, frame.readers, scope, frame.classes, frame.depth + 1)
    return inner.read(known)


def _made(frame: Frame, node: ast.Call, made: Any, known: Known) -> Expression | Python:
    """Makes a constant, such as `timedelta(hours=1)`."""
    if isinstance(made, NewType) and len(node.args) == 1:
        return frame.anything(node.args[0], known)
    given = [_constant(frame, each, known) for each in node.args]
    named = {each.arg: _constant(frame, each.value, known) for each in node.keywords if each.arg}
    try:
        return Python(made(*given, **named))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise frame.refused(node, str(error), "mend the constant") from None


def _constant(frame: Frame, node: ast.expr, known: Known) -> Any:
    """Reads what a constant is made of."""
    found = frame.anything(node, known)
    if isinstance(found, Python | Constant):
        return found.value
    raise frame.refused(node, "it is no constant", "give the whole value as an argument")


def _length(frame: Frame, node: ast.Call, known: Known) -> Expression:
    if len(node.args) != 1 or node.keywords:
        raise frame.refused(node, "len() takes one thing", "give it one")
    of = frame.expression(node.args[0], known)
    if isinstance(of, Variable):
        if not isinstance(of, Linked) or not of.is_several:
            raise frame.refused(node, "one object has no length", "ask for its values")
        return Count(replace(of, place=None))
    length: Expression = frame.fitting(node, reckoning.length, of, known, frame.source.place(node))
    return length


def _quantified(frame: Frame, node: ast.Call, known: Known, *, is_any: bool) -> Expression:
    """Reads `any(... for each in ...)` or `all(...)`."""
    match node.args:
        case [ast.GeneratorExp(elt=asked, generators=[loop])] if isinstance(loop.target, ast.Name):
            name = loop.target.id
        case _:
            raise frame.refused(
                node, "any() and all() take one loop", "write `any(... for each in ...)`"
            )
    among, item = _items(frame, loop.iter, name, known)
    inner = replace(frame, scope={**frame.scope, name: item})
    conditions: list[Expression] = []
    for each in loop.ifs:
        conditions.append(inner.clause(each, known))
        known |= building.facts(conditions[-1], holds=True)
    clause = inner.clause(asked, known)
    wanted = clause if is_any else building.negated(clause, clause.place)
    place = frame.source.place(node)
    exists = Exists(item, among, building.both([*conditions, wanted]), place=place)
    return exists if is_any else building.negated(exists, place)


def _items(
    frame: Frame, node: ast.expr, name: str, known: Known
) -> tuple[Linked | Value, Variable | Item]:
    """Returns what is gone through, and what stands for one of it."""
    among = frame.expression(node, known)
    name = f"{name}{frame.depth}"
    if isinstance(among, Linked) and among.is_several:
        among = replace(among, place=None)
        return among, replace(among, path=(*among.path, name))
    if isinstance(among, Value) and among.kind.many and not isinstance(among.kind.type, Structure):
        if among.kind.is_optional:
            raise frame.refused(node, "there may be none", "let it be empty instead of None")
        frame.fitting(node, building.check_items, among)
        return replace(among, place=None), Item(name, Kind(among.kind.type))
    raise frame.refused(
        node, "only links and stored values are asked one by one", "use `in` for others"
    )
