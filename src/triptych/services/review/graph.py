"""Circles among modules that lead to each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter


def find_cycles(leads: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Finds the shortest circle of each group of modules that all lead to each other.

    Args:
        leads: Which module leads to which.

    Returns:
        Circles without their end, which is their beginning; each begins with its first name.

    Example:
        ```python
        from triptych.services.review.graph import find_cycles

        assert find_cycles({"a": ["b"], "b": ["c", "a"], "c": ["a"]}) == [["a", "b"]]
        assert find_cycles({"a": ["b"]}) == []
        ```
    """
    found, left = [], {name: set(others) for name, others in leads.items()}
    while circle := _any_circle(left):
        shortest = min((_shortest(left, each) for each in circle), key=len)
        first = shortest.index(min(shortest))
        found.append([*shortest[first:], *shortest[:first]])
        group = _group(left, circle[0])
        left = {name: others - group for name, others in left.items() if name not in group}
    return sorted(found)


def _any_circle(leads: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(leads).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle[1:]
    return []


def _shortest(leads: Mapping[str, set[str]], start: str) -> list[str]:
    """Finds the shortest way from a module back to itself."""
    ways = deque([[start]])
    seen = {start}
    while True:
        way = ways.popleft()
        for each in sorted(leads.get(way[-1], ())):
            if each == start:
                return way
            if each not in seen:
                seen.add(each)
                ways.append([*way, each])


def _group(leads: Mapping[str, set[str]], start: str) -> set[str]:
    """Finds all that a module leads to and that leads back to it."""
    back: dict[str, set[str]] = {}
    for name, others in leads.items():
        for each in others:
            back.setdefault(each, set()).add(name)
    return _reached(leads, start) & _reached(back, start)


def _reached(leads: Mapping[str, set[str]], start: str) -> set[str]:
    seen, stack = {start}, [start]
    while stack:
        for each in leads.get(stack.pop(), ()):
            if each not in seen:
                seen.add(each)
                stack.append(each)
    return seen
