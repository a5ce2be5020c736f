"""Questions as text: filters, orders and pages as they come over HTTP or from the shell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from triptych.adapters.expression.document import read_condition
from triptych.adapters.expression.filtering import read_texts
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.expression.texts import read_rules
from triptych.adapters.objects.access import Listing
from triptych.adapters.objects.page import LARGEST_PAGE
from triptych.adapters.objects.paging import check_take
from triptych.adapters.objects.values import PLAIN, Unfit, parse
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression import Condition, Understood, join_conditions, read_order
from triptych.domain.expression.building import both
from triptych.domain.ontology import ObjectType, Scalar, ScalarKind, Structure

CONTROLS = ("order", "take", "after", "include", "fields", "total")
USUAL_PAGE = 100
_RULE, _WHERE = "rule", "where"
_BOOLS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Question:
    """One list that somebody asks for.

    Attributes:
        listing: Which objects, in which order, from where on.
        fields: The properties to show; all of them where empty.
        include: The dotted names of links to show too.
        is_counted: Whether to count all that the filter picks out.
    """

    listing: Listing
    fields: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class Grounds:
    """What lists of one object type can be asked by.

    Attributes:
        names: Reads rules, and what is said of properties.
        rules: Those of the domain that are about it, by name.
    """

    names: RuleReader
    rules: Mapping[str, Understood] = field(default_factory=dict)


def read_question(
    of: ObjectType,
    pairs: Iterable[tuple[str, str]],
    grounds: Grounds,
    most: int = LARGEST_PAGE,
) -> Question:
    """Reads the parameters of a list.

    Besides `order`, `take`, `after`, `include`, `fields`, `total`, `rule` and `where` (a condition
    as JSON), each names a property, stored or computed, perhaps with an operator: `delay.gt=PT1H`;
    a property of what it is linked to: `origin.name.contains=York`; or a parameter of a rule that
    is named. A property that is called like one of those eight is named with its operator:
    `order.eq=7`.

    Args:
        of: The object type.
        pairs: Names and values, as text.
        grounds: What it can be asked by.
        most: The largest page.

    Raises:
        InvalidInput: Something is unknown or does not fit; all of it is told.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader
        from triptych.adapters.objects.questions import Grounds, read_question

        names = RuleReader(read_ontology("flights"))
        flight = names.ontology.object_type("Flight")
        pairs = [("origin", "JFK"), ("order", "-delay"), ("take", "5")]
        question = read_question(flight, pairs, Grounds(names))
        assert question.listing.take == 5 and question.listing.order[0].is_descending
        ```
    """
    reader = _QuestionReader(of, grounds)
    said = list(pairs)
    reader.name_rules([value for name, value in said if name == _RULE])
    for name, value in said:
        reader.read(name, value)
    reader.conclude()
    question = _question(of, reader.condition, reader.controls, most, reader.problems)
    if reader.problems or question is None:
        raise InvalidInput(reader.problems)
    return question


@dataclass(slots=True)
class _QuestionReader:
    """Sorts the parameters of a list by what they say."""

    of: ObjectType
    grounds: Grounds
    where: list[tuple[str, str]] = field(default_factory=list)
    controls: dict[str, str] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()

    @property
    def condition(self) -> Condition | None:
        """All that must hold; nothing where some of it makes no sense."""
        if self.problems:
            return None
        first, *more = self.conditions
        return join_conditions(both, self.conditions) if more else first

    def name_rules(self, names: list[str]) -> None:
        self.rules = names
        if names:
            known = (self.grounds.rules[name] for name in names if name in self.grounds.rules)
            self.parameters = frozenset(each for rule in known for each in rule.parameters)

    def read(self, name: str, value: str) -> None:
        if name == _RULE:
            return
        if name == _WHERE:
            self._read_document(value)
            return
        if name not in CONTROLS and name not in self.parameters:
            self.where.append((name, value))
            return
        said = self.controls if name in CONTROLS else self.given
        if name in said:
            self.problems.append(Problem(name, "is said twice", "say it once"))
        said[name] = value

    def _read_document(self, text: str) -> None:
        """Reads a condition that is written as JSON."""
        try:
            document = msgspec.json.decode(text)
            condition = read_condition(self.grounds.names.ontology, self.of, document, PLAIN)
            self.conditions.append(condition)
        except (msgspec.DecodeError, RecursionError) as error:
            self.problems.append(Problem(_WHERE, f"is no JSON: {error}"))
        except InvalidInput as error:
            self.problems += error.problems

    def conclude(self) -> None:
        try:
            self.conditions.insert(
                0, read_texts(self.grounds.names, self.of, self.where, read_value)
            )
            self.conditions += read_rules(self.grounds.rules, self.rules, self.given, read_value)
        except Unfit as error:
            self.problems.append(Problem(_RULE, str(error)))
        except InvalidInput as error:
            self.problems += error.problems


def read_value(of: Any, text: str) -> Any:
    """Reads a value of a type from text.

    Raises:
        Unfit: It does not fit.
    """
    if of.kind is ScalarKind.BOOL:
        if text not in _BOOLS:
            raise Unfit(f"{text!r:.60} is neither true nor false")
        return _BOOLS[text]
    if isinstance(of, Scalar) and of.bounds:
        of = Scalar(of.kind, of.name)
    return parse(of, text, is_text=True)


def _question(
    of: ObjectType,
    condition: Condition | None,
    controls: dict[str, str],
    most: int,
    problems: list[Problem],
) -> Question | None:
    order, take = (), USUAL_PAGE
    try:
        order = read_order(of, controls.get("order", ""))  # type: ignore[assignment]  # not always empty
    except InvalidInput as error:
        problems += error.problems
    try:
        take = check_take(_whole(controls.get("take", str(min(USUAL_PAGE, most)))), most)
    except InvalidInput as error:
        problems += error.problems
    fields = read_fields(of, controls.get("fields", ""), problems)
    total = controls.get("total", "false")
    if total not in _BOOLS:
        problems.append(Problem("total", f"{total!r:.60} is neither true nor false"))
    include = tuple(filter(None, controls.get("include", "").split(",")))
    if problems or condition is None:
        return None
    listing = Listing(condition, order, take, controls.get("after"))
    return Question(listing, fields, include, _BOOLS[total])


def _whole(text: str) -> int:
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 9:
        raise InvalidInput([Problem("take", f"{text!r:.20} is not a whole number")])
    return int(text)


def read_fields(of: ObjectType, text: str, problems: list[Problem]) -> tuple[str, ...]:
    """Reads which properties to show; the key is always among them."""
    names = tuple(filter(None, text.split(",")))
    known = {each.name for each in of.properties}
    for name in names:
        if name not in known:
            problems.append(
                Problem("fields", str(UnknownName(f"property of {of.name}", name, known)))
            )
    return tuple(dict.fromkeys((*of.key, *names))) if names else ()


def read_key(of: ObjectType, texts: Sequence[str]) -> Any:
    """Reads the id of an object from text: one part, or one for each id of a relationship.

    Raises:
        InvalidInput: It is not an id of this object type.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.questions import read_key

        assert read_key(read_ontology("flights").object_type("Airport"), ["JFK"]) == "JFK"
        ```
    """
    if len(texts) != len(of.key):
        raise InvalidInput([Problem("id", f"a {of.name} is known by {', '.join(of.key)}")])
    parts, problems = [], []
    for name, text in zip(of.key, texts, strict=True):
        held = of.property(name).type
        try:
            parts.append(None if isinstance(held, Structure) else parse(held, text, is_text=True))
        except Unfit as error:
            problems.append(Problem(name, str(error), f"give the id of a {of.name}"))
    if problems:
        raise InvalidInput(problems)
    return parts[0] if len(parts) == 1 else tuple(parts)
