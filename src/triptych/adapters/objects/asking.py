"""What a repository is asked for: a filter, a rule with its arguments, or rules joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from triptych.adapters.expression.filtering import read_filter
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Listing
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression import (
    Condition,
    Criterion,
    Place,
    Understood,
    Where,
    conclude,
    give,
    join_conditions,
    read_order,
    rule,
)
from triptych.domain.expression.building import TEXT, both
from triptych.domain.expression.nodes import Argument, Variable
from triptych.domain.expression.paths import BY_RANK
from triptych.domain.expression.reckoning import matches
from triptych.domain.ontology import ObjectType


def read_listing(
    rules: RuleReader,
    of: ObjectType,
    where: Where,
    order: str,
    arguments: Mapping[str, Any],
    search: str | None = None,
) -> Listing:
    """Reads what is asked for; how many, and from where on, is for the caller to add.

    Args:
        rules: Reads rules.
        of: The object type.
        where: A filter, a rule, or rules joined.
        order: Property names, `-` before one for the greatest first.
        arguments: What the rule's parameters are given.
        search: Words that its texts must have; the best come first where no order is said.

    Raises:
        InvalidInput: The filter or order makes no sense, the rule cannot be read, is about
            another object type, or its arguments do not fit.

    Example:
        ```python
        from flights.domain.rules import has_not_left
        from triptych import read_ontology
        from triptych.adapters.expression.reader import RuleReader
        from triptych.adapters.objects.asking import read_listing

        ontology = read_ontology("flights")
        flight = ontology.object_type("Flight")
        listing = read_listing(RuleReader(ontology), flight, has_not_left, "-delay", {})
        assert listing.condition.type_name == "Flight"
        ```
    """
    listing = Listing(read_where(rules, of, where, arguments), read_order(of, order))
    return listing if search is None else searched(listing, of, search, is_ordered=bool(order))


def searched(listing: Listing, of: ObjectType, words: str, *, is_ordered: bool) -> Listing:
    """Adds words that the texts of objects must have; ranked by them, unless ordered otherwise.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.access import Listing
        from triptych.adapters.objects.asking import searched
        from triptych.domain.expression import Condition

        airport = read_ontology("flights").object_type("Airport")
        listing = searched(Listing(Condition("Airport")), airport, "ken", is_ordered=False)
        assert listing.words == "ken"
        ```
    """
    place = Place("search", 1, 1, "search")
    asked = matches(Variable((), of.name), Argument("search", TEXT, place=place), place)
    condition = give(Understood("search", of.name, asked, {"search": TEXT}), {"search": words})
    condition = join_conditions(both, [listing.condition, condition])
    if is_ordered:
        return replace(listing, condition=condition)
    return replace(listing, condition=condition, words=words, order=(BY_RANK, *listing.order))


def read_where(
    rules: RuleReader, of: ObjectType, where: Where, arguments: Mapping[str, Any]
) -> Condition:
    """Reads what objects must fulfil.

    Raises:
        InvalidInput: The filter makes no sense, the rule cannot be read, is about another object
            type, or its arguments do not fit.
    """
    if isinstance(where, Mapping):
        if arguments:
            found = f"{', '.join(arguments)} cannot be given to a filter"
            raise InvalidInput([Problem("where", found, "put it into the filter")])
        return read_filter(rules, of, where)
    criterion = where if isinstance(where, Criterion) else rule(where, **arguments)
    if isinstance(where, Criterion) and arguments:
        found = f"{', '.join(arguments)} cannot be given to joined rules"
        raise InvalidInput([Problem("where", found, "give each rule its own: rule(f, x=1)")])
    condition = conclude(criterion, rules.understand)
    if condition.type_name != of.name:
        found = f"the rule is about {condition.type_name}, not {of.name}"
        raise InvalidInput([Problem("where", found, "ask the repository of that type")])
    return condition
