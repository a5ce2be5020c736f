"""The body of a function as one expression: statements, names, operators."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from triptych.adapters.expression.kinds import Kinds
from triptych.adapters.expression.source import FunctionSource
from triptych.domain.expression import building, reckoning
from triptych.domain.expression.building import Known, Unfitting
from triptych.domain.expression.evaluation import RECKON
from triptych.domain.expression.nodes import Constant, Expression, Not, Variable
from triptych.domain.expression.vocabulary import Match, Operator, Place, Sign

MOST_CALLS = 10
_NOTHING: Known = frozenset()


class Unreadable(Exception):
    """Something in a rule that no expression can say.

    Attributes:
        place: Where it stands.
        found: What stands there.
        mend: One way to say it.
    """

    def __init__(self, place: Place, found: str, mend: str) -> None:
        self.place, self.found, self.mend = place, found, mend
        super().__init__(f"{place} {found}; {mend}")


@dataclass(frozen=True, slots=True)
class Python:
    """Something that is no expression: a class, a module, a function."""

    value: Any


type Reader = Callable[[Frame, Any, Known], Expression | Python]


@dataclass(slots=True)
class Frame:
    """One function that is being read, with what its names stand for.

    Attributes:
        source: The function.
        kinds: Reads annotations and constants.
        scope: What its parameters and variables stand for.
        classes: The classes of objects that are given as arguments.
        readers: What reads each kind of syntax.
        depth: How many calls lead here.
    """

    source: FunctionSource
    kinds: Kinds
    readers: Mapping[type[ast.expr], Reader]
    scope: dict[str, Expression] = field(default_factory=dict)
    classes: dict[Expression, type] = field(default_factory=dict)
    depth: int = 0

    def read(self, known: Known = _NOTHING) -> Expression:
        """Reads the whole body.

        Raises:
            Unreadable: It says something that no expression can.
        """
        return self.statements(self.source.node.body, known)

    def statements(self, statements: list[ast.stmt], known: Known) -> Expression:
        """Reads statements up to the answer that they give."""
        for place, statement in enumerate(statements):
            match statement:
                case ast.Expr(value=ast.Constant(value=str())):
                    continue
                case ast.Return(value=ast.expr() as value):
                    return self.expression(value, known)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.scope[name] = self.expression(value, known)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self.scope[name] = self.expression(value, known)
                case ast.If():
                    return self._branches(statement, statements[place + 1 :], known)
                case _:
                    raise self.refused(
                        statement,
                        "a rule only asks",
                        "write one `return`, with assignments and `if ... return` before it",
                    )
        raise self.refused(self.source.node, "it may end without an answer", "end with `return`")

    def _branches(self, of: ast.If, rest: list[ast.stmt], known: Known) -> Expression:
        decides = self.clause(of.test, known)
        found = []
        for body, holds in ((of.body, True), (of.orelse, False)):
            branch = replace(self, scope=dict(self.scope))
            facts = known | building.facts(decides, holds=holds)
            found.append(branch.statements([*body, *rest], facts))
        place = self.source.place(of.test)
        chosen: Expression = self.fitting(of, building.choose, decides, *found, place=place)
        return chosen

    def refused(self, node: ast.AST, found: str, mend: str) -> Unreadable:
        """Says that something cannot be read."""
        return Unreadable(self.source.place(node), found, mend)

    def fitting(self, node: ast.AST, build: Callable[..., Any], *parts: Any, **more: Any) -> Any:
        """Builds an expression; what does not fit is told at its place."""
        try:
            return build(*parts, **more)
        except Unfitting as error:
            raise self.refused(node, error.found, error.mend) from None

    def clause(self, node: ast.expr, known: Known) -> Expression:
        """Reads an expression that is either true or false."""
        read: Expression = self.fitting(node, building.clause, self.expression(node, known), known)
        return read

    def expression(self, node: ast.expr, known: Known) -> Expression:
        """Reads an expression.

        Raises:
            Unreadable: It is something else, or says something that no expression can.
        """
        found = self.anything(node, known)
        if isinstance(found, Python):
            place = self.source.place(node)
            constant: Expression = self.fitting(node, self.kinds.constant, found.value, place)
            return constant
        return found

    def anything(self, node: ast.expr, known: Known) -> Expression | Python:
        """Reads an expression, or a class, module or function."""
        read = self.readers.get(type(node))
        if read is None:
            raise self.refused(
                node,
                f"`{self.source.place(node).text:.60}` is nothing that a rule may say",
                "compare, reckon, or call other rules",
            )
        found: Expression | Python = read(self, node, known)
        if isinstance(found, Python) or found.place is not None:
            return found
        return replace(found, place=self.source.place(node))


def _constant(frame: Frame, node: ast.Constant, _: Known) -> Python:
    if node.value is None:
        raise frame.refused(node, "None is no value", "ask for it by `is None`")
    return Python(node.value)


def _name(frame: Frame, node: ast.Name, _: Known) -> Expression | Python:
    if node.id in frame.scope:
        return replace(frame.scope[node.id], place=frame.source.place(node))
    try:
        return Python(frame.source.look_up(node.id))
    except KeyError:
        raise frame.refused(node, f"there is no {node.id}", "import or define it") from None


def _several(frame: Frame, node: Any, known: Known) -> Expression:
    parts = [frame.expression(each, known) for each in node.elts]
    if not all(isinstance(each, Constant) for each in parts):
        raise frame.refused(node, "it holds more than constants", "compare with each by `or`")
    values = tuple(each.value for each in parts if isinstance(each, Constant))
    place = frame.source.place(node)
    several: Expression = frame.fitting(node, frame.kinds.constant, values, place)
    return several


def _joined(frame: Frame, node: ast.BoolOp, known: Known) -> Expression:
    is_and = isinstance(node.op, ast.And)
    clauses: list[Expression] = []
    for each in node.values:
        clauses.append(frame.clause(each, known))
        known |= building.facts(clauses[-1], holds=is_and)
    return (building.both if is_and else building.either)(clauses, frame.source.place(node))


def _turned(frame: Frame, node: ast.UnaryOp, known: Known) -> Expression:
    place = frame.source.place(node)
    if isinstance(node.op, ast.Not):
        return building.negated(frame.clause(node.operand, known), place)
    of = frame.expression(node.operand, known)
    if isinstance(node.op, ast.USub):
        if isinstance(of, Constant) and hasattr(of.value, "__neg__"):
            return frame.kinds.constant(-of.value, place)
        zero = frame.fitting(node, frame.kinds.constant, _zero(of), place)
        turned: Expression = frame.fitting(
            node, reckoning.reckon, Sign.SUBTRACT, zero, of, known, place
        )
        return turned
    raise frame.refused(node, f"`{place.text}` is no sum", "add, subtract, multiply or divide")


def _zero(of: Expression) -> Any:
    """Returns the zero of the kind that an expression gives."""
    zeros = {"int": 0, "float": 0.0, "Decimal": Decimal(0), "timedelta": timedelta(0)}
    return zeros.get(str(building.kind_of(of).scalar))


def _reckoned(frame: Frame, node: ast.BinOp, known: Known) -> Expression:
    left, right = (frame.expression(each, known) for each in (node.left, node.right))
    place = frame.source.place(node)
    sign = _SIGNS.get(type(node.op))
    if sign is None:
        raise frame.refused(node, f"`{place.text}` is no sum", "add, subtract, multiply or divide")
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _folded(frame, node, sign, left, right)
    reckoned: Expression = frame.fitting(node, reckoning.reckon, sign, left, right, known, place)
    return reckoned


def _folded(
    frame: Frame, node: ast.BinOp, sign: Sign, left: Constant, right: Constant
) -> Expression:
    """Reckons with constants once and for all."""
    try:
        value = RECKON[sign](left.value, right.value)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise frame.refused(node, str(error), "mend the sum") from None
    folded: Expression = frame.fitting(node, frame.kinds.constant, value, frame.source.place(node))
    return folded


def _chosen(frame: Frame, node: ast.IfExp, known: Known) -> Expression:
    decides = frame.clause(node.test, known)
    then = frame.expression(node.body, known | building.facts(decides, holds=True))
    otherwise = frame.expression(node.orelse, known | building.facts(decides, holds=False))
    place = frame.source.place(node)
    chosen: Expression = frame.fitting(node, building.choose, decides, then, otherwise, place=place)
    return chosen


def _compared(frame: Frame, node: ast.Compare, known: Known) -> Expression:
    clauses: list[Expression] = []
    ends = [node.left, *node.comparators]
    for left, sign, right in zip(ends, node.ops, ends[1:], strict=False):
        clauses.append(_comparison(frame, node, (left, sign, right), known))
        known |= building.facts(clauses[-1], holds=True)
    return building.both(clauses, frame.source.place(node))


def _comparison(
    frame: Frame, node: ast.Compare, parts: tuple[ast.expr, ast.cmpop, ast.expr], known: Known
) -> Expression:
    left, sign, right = parts
    place = frame.source.place(node)
    if isinstance(sign, ast.In | ast.NotIn):
        found = _membership(frame, left, right, known, place)
    elif _is_none(left) or _is_none(right):
        found = frame.fitting(
            node,
            building.missing,
            frame.expression(left if _is_none(right) else right, known),
            place,
        )
    else:
        one, other = frame.expression(left, known), frame.expression(right, known)
        if isinstance(one, Variable) or isinstance(other, Variable):
            raise frame.refused(node, "objects are not compared", "compare their ids")
        found = frame.fitting(
            node, building.compare, _OPERATORS[type(sign)], one, other, known, place
        )
    is_turned = isinstance(sign, ast.NotIn) or (
        isinstance(sign, ast.IsNot | ast.NotEq) and not isinstance(found, Not)
    )
    return building.negated(found, place) if is_turned else found


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _membership(
    frame: Frame, left: ast.expr, right: ast.expr, known: Known, place: Place
) -> Expression:
    item = frame.expression(left, known)
    if isinstance(right, ast.Tuple | ast.List | ast.Set):
        return _one_of(frame, item, right, known, place)
    values = frame.expression(right, known)
    kind = frame.fitting(right, building.kind_of, values)
    if kind.many:
        among: Expression = frame.fitting(
            right,
            building.among,
            item,
            frame.fitting(right, building.present, values, known),
            place,
        )
        return among
    matched: Expression = frame.fitting(
        right, reckoning.text_match, Match.CONTAINS, values, item, known, place
    )
    return matched


def _one_of(
    frame: Frame,
    item: Expression,
    among: ast.Tuple | ast.List | ast.Set,
    known: Known,
    place: Place,
) -> Expression:
    """Asks whether a value is one of those that are listed, which need not be constants."""
    clauses: list[Expression] = []
    constants: list[Any] = []
    for each in among.elts:
        if _is_none(each):
            clauses.append(frame.fitting(each, building.missing, item, place))
            continue
        value = frame.expression(each, known)
        if isinstance(value, Constant):
            constants.append(value.value)
        else:
            clauses.append(
                frame.fitting(each, building.compare, Operator.EQ, item, value, known, place)
            )
    if constants:
        several = frame.fitting(among, frame.kinds.constant, tuple(constants), place)
        clauses.insert(0, frame.fitting(among, building.among, item, several, place))
    return building.either(clauses, place)


_OPERATORS: dict[type[ast.cmpop], Operator] = {
    ast.Eq: Operator.EQ,
    ast.Is: Operator.EQ,
    ast.NotEq: Operator.NE,
    ast.IsNot: Operator.NE,
    ast.Lt: Operator.LT,
    ast.LtE: Operator.LE,
    ast.Gt: Operator.GT,
    ast.GtE: Operator.GE,
}
_SIGNS: dict[type[ast.operator], Sign] = {
    ast.Add: Sign.ADD,
    ast.Sub: Sign.SUBTRACT,
    ast.Mult: Sign.MULTIPLY,
    ast.Div: Sign.DIVIDE,
    ast.FloorDiv: Sign.FLOOR,
    ast.Mod: Sign.REST,
}
READERS: Mapping[type[ast.expr], Reader] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Tuple: _several,
    ast.List: _several,
    ast.Set: _several,
    ast.BoolOp: _joined,
    ast.UnaryOp: _turned,
    ast.BinOp: _reckoned,
    ast.IfExp: _chosen,
    ast.Compare: _compared,
}
