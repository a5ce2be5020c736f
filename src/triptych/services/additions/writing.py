"""Code as the formatter would write it."""

from __future__ import annotations

from collections.abc import Sequence

_WIDTH = 100


def call(head: str, arguments: Sequence[str], tail: str, *, indent: int) -> list[str]:
    """Writes a call: on one line, with its arguments on one, or on a line each.

    Args:
        head: What stands before the arguments.
        arguments: Them.
        tail: What stands behind.
        indent: How far it will stand from the left.

    Example:
        ```python
        from triptych.services.additions.writing import call

        assert call("f(", ["a", "b"], ")", indent=0) == ["f(a, b)"]
        ```
    """
    line = f"{head}{', '.join(arguments)}{tail}"
    if len(line) + indent <= _WIDTH:
        return [line]
    inner = f"    {', '.join(arguments)}"
    if len(inner) + indent <= _WIDTH and not tail.startswith("))"):
        return [head, inner, tail]
    if tail.startswith("))"):
        outer, _, name = head.rpartition("(")[0].rpartition("(")
        one = f"    {name}({', '.join(arguments)})"
        if len(one) + indent <= _WIDTH:
            return [f"{outer}(", one, ")"]
        return [
            f"{outer}(",
            f"    {name}(",
            *(f"        {each}," for each in arguments),
            "    )",
            ")",
        ]
    return [head, *(f"    {each}," for each in arguments), tail]


def signature(
    name: str, parameters: Sequence[str], returns: str, *, is_async: bool = True
) -> list[str]:
    """Writes the head of a method.

    Example:
        ```python
        from triptych.services.additions.writing import signature

        assert signature("pay", ["amount: int"], "None") == [
            "async def pay(self, amount: int) -> None:"
        ]
        ```
    """
    head = f"{'async ' if is_async else ''}def {name}("
    return call(head, ["self", *parameters], f") -> {returns}:", indent=4)
