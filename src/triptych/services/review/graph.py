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
        group = _group(left, circle[0])
        found.append(_shortest({name: sorted(left[name] & group) for name in sorted(group)}))
        left = {name: others - group for name, others in left.items() if name not in group}
    return sorted(found)


def _any_circle(leads: Mapping[str, set[str]]) -> list[str]:
    """Finds a circle; which one, differs from run to run."""
    try:
        TopologicalSorter(leads).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle[1:]
    return []


def _shortest(leads: Mapping[str, Sequence[str]]) -> list[str]:
    """Finds the shortest circle of a group; of those that are as short, the first by its names."""
    best: list[str] = []
    for start in leads:
        best = _back(leads, start, len(best) or len(leads) + 1) or best
    return best


def _back(leads: Mapping[str, Sequence[str]], start: str, limit: int) -> list[str]:
    """Finds the shortest way from a module back to itself; nothing where it is not below a limit."""
    ways = deque([[start]])
    seen = {start}
    while ways and len(ways[0]) < limit:
        way = ways.popleft()
        for each in leads[way[-1]]:
            if each == start:
                return way
            if each not in seen:
                seen.add(each)
                ways.append([*way, each])
    return []


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
