"""Questions as text: filters, orders and pages as they come over HTTP or from the shell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from triptych.adapters.expression.document import read_condition
from triptych.adapters.expression.filtering import read_texts
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.expression.texts import read_rules
from triptych.adapters.objects.access import Listing
from triptych.adapters.objects.asking import searched
from triptych.adapters.objects.page import LARGEST_GROUPS, LARGEST_PAGE
from triptych.adapters.objects.paging import check_take
from triptych.adapters.objects.values import PLAIN, Unfit, parse, read_value
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.expression import Condition, Understood, join_conditions, read_order
from triptych.domain.expression.aggregates import (
    AggregateReader,
    Aggregation,
    Grouping,
    split_terms,
)
from triptych.domain.expression.building import both
from triptych.domain.ontology import ObjectType, Structure

LISTED = ("order", "take", "after", "include", "fields", "total", "facets", "zone", "search")
GROUPED = ("by", "measure", "order", "take", "zone", "search")
AS_OF = "as_of"
CONTROLS = tuple(dict.fromkeys((*LISTED, *GROUPED, AS_OF)))
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
        facets: What is counted by the values of all that the filter picks out.
    """

    listing: Listing
    fields: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    is_counted: bool = False
    facets: tuple[Grouping, ...] = ()

    @property
    def shows_its_order(self) -> bool:
        """Whether all that the objects are put in order by is among what is shown of them."""
        if self.listing.words is not None:
            return False
        return not self.fields or all(
            each.path.names[0] in self.fields for each in self.listing.order
        )


@dataclass(frozen=True, slots=True)
class GroupQuestion:
    """Groups that somebody asks for.

    Attributes:
        condition: What the objects must fulfil.
        aggregation: How they are grouped, and what is measured of each group.
    """

    condition: Condition
    aggregation: Aggregation


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

    Besides `order`, `take`, `after`, `include`, `fields`, `total`, `facets`, `zone`, `search`, `rule`
    and `where` (a condition as JSON), each names a property, stored or computed, perhaps with an operator: `delay.gt=PT1H`;
    a property of what it is linked to: `origin.name.contains=York`; or a parameter of a rule that
    is named. A property that is called like one of those is named with its operator:
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
    reader = _read_pairs(of, pairs, grounds, LISTED)
    question = _question(of, reader, most)
    if reader.problems or question is None:
        raise InvalidInput(reader.problems)
    return question


def asks_for_groups(pairs: Iterable[tuple[str, str]]) -> bool:
    """Tells whether parameters ask for groups rather than for objects.

    Example:
        ```python
        from triptych.adapters.objects.questions import asks_for_groups

        assert asks_for_groups([("by", "carrier")])
        ```
    """
    return any(name in ("by", "measure") for name, _ in pairs)


def read_group_question(
    of: ObjectType, pairs: Iterable[tuple[str, str]], grounds: Grounds
) -> GroupQuestion:
    """Reads the parameters of an aggregate.

    `by` and `measure` are as of `ObjectSet.aggregate`, between commas; `order`, `take` and `zone`,
    too. All others pick out objects, as of a list.

    Raises:
        InvalidInput: Something is unknown or does not fit; all of it is told.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader
        from triptych.adapters.objects.questions import Grounds, read_group_question

        names = RuleReader(read_ontology("flights"))
        pairs = [("by", "month(departure)"), ("measure", "count,mean(delay)"), ("origin", "JFK")]
        flight = names.ontology.object_type("Flight")
        asked = read_group_question(flight, pairs, Grounds(names)).aggregation
        assert [each.name for each in asked.measures] == ["count", "mean(delay)"]
        ```
    """
    reader = _read_pairs(of, pairs, grounds, GROUPED)
    aggregation = None
    try:
        aggregation = reader.aggregates().aggregation(
            split_terms(reader.controls.get("measure", "")),
            split_terms(reader.controls.get("by", "")),
            reader.controls.get("order", ""),
            check_take(
                read_whole("take", reader.controls.get("take", str(USUAL_PAGE))), LARGEST_GROUPS
            ),
        )
    except InvalidInput as error:
        reader.problems += error.problems
    condition = reader.condition
    if condition is None or aggregation is None:
        raise InvalidInput(reader.problems)
    if "search" in reader.controls:
        listing = searched(Listing(condition), of, reader.controls["search"], is_ordered=True)
        condition = listing.condition
    return GroupQuestion(condition, aggregation)


def _read_pairs(
    of: ObjectType, pairs: Iterable[tuple[str, str]], grounds: Grounds, controls: Sequence[str]
) -> _QuestionReader:
    reader = _QuestionReader(of, grounds, controls)
    said = list(pairs)
    reader.name_rules([value for name, value in said if name == _RULE])
    for name, value in said:
        reader.read(name, value)
    reader.conclude()
    return reader


@dataclass(slots=True)
class _QuestionReader:
    """Sorts the parameters of a list by what they say."""

    of: ObjectType
    grounds: Grounds
    allowed: Sequence[str]
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
        if said is self.controls and name not in self.allowed:
            mend = f"ask for {', '.join(self.allowed)}"
            self.problems.append(Problem(name, "is not asked together with the others", mend))
        if name in said:
            self.problems.append(Problem(name, "is said twice", "say it once"))
        said[name] = value

    def aggregates(self) -> AggregateReader:
        """Reads aggregates, in the zone that is asked for."""
        zone = self.controls.get("zone", "UTC")
        return AggregateReader(self.grounds.names, self.of, read_value, zone)

    def facets(self) -> tuple[Grouping, ...]:
        """Returns what facets are asked for."""
        named = split_terms(self.controls.get("facets", ""))
        if "facets" in self.controls and not named:
            self.problems.append(Problem("facets", "none is named", "name a property"))
        try:
            return self.aggregates().aggregation((), named, "", 1).by
        except InvalidInput as error:
            self.problems += (replace(each, where="facets") for each in error.problems)
            return ()

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


def _question(of: ObjectType, reader: _QuestionReader, most: int) -> Question | None:
    order, take = (), USUAL_PAGE
    controls, problems = reader.controls, reader.problems
    try:
        order = read_order(of, controls.get("order", ""))  # type: ignore[assignment]  # not always empty
    except InvalidInput as error:
        problems += error.problems
    try:
        take = check_take(
            read_whole("take", controls.get("take", str(min(USUAL_PAGE, most)))), most
        )
    except InvalidInput as error:
        problems += error.problems
    fields = read_fields(of, controls.get("fields", ""), problems)
    total = controls.get("total", "false")
    if total not in _BOOLS:
        problems.append(Problem("total", f"{total!r:.60} is neither true nor false"))
    include = tuple(filter(None, controls.get("include", "").split(",")))
    facets = reader.facets() if "facets" in controls or "zone" in controls else ()
    condition = reader.condition
    if condition is None:
        return None
    listing = Listing(condition, order, take, controls.get("after"))
    if "search" in controls:
        is_ordered = bool(controls.get("order"))
        listing = searched(listing, of, controls["search"], is_ordered=is_ordered)
    return Question(listing, fields, include, _BOOLS[total], facets)


def read_whole(name: str, text: str) -> int:
    """Reads a small whole number.

    Raises:
        InvalidInput: It is none.

    Example:
        ```python
        from triptych.adapters.objects.questions import read_whole

        assert read_whole("take", "20") == 20
        ```
    """
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 9:
        raise InvalidInput([Problem(name, f"{text!r:.20} is not a whole number")])
    return int(text)


def read_fields(of: ObjectType, text: str, problems: list[Problem]) -> tuple[str, ...]:
    """Reads which properties to show, computed ones too; the key is always among them."""
    names = tuple(filter(None, text.split(",")))
    known = {each.name for each in of.properties} | {each.name for each in of.computed}
    for name in names:
        if name not in known:
            problems.append(
                Problem("fields", str(UnknownName(f"property of {of.name}", name, known)))
            )
    return tuple(dict.fromkeys((*of.key, *names))) if names else ()


def key_parts(of: ObjectType, text: str) -> list[str]:
    """Parts the text of an id: those of a relationship stand between commas.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.questions import key_parts

        flights = read_ontology("flights")
        assert key_parts(flights.object_type("CrewAssignment"), "m,f") == ["m", "f"]
        assert key_parts(flights.object_type("Airport"), "a,b") == ["a,b"]
        ```
    """
    return text.split(",") if len(of.key) > 1 else [text]


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
