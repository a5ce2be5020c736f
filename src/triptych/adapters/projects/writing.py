"""Code as the formatter would write it."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 100


def call(head: str, arguments: Sequence[str], tail: str, *, indent: int) -> list[str]:
    """Writes a call: on one line, with its arguments on one, or on a line each.

    Args:
        head: What stands before the arguments.
        arguments: Them.
        tail: What stands behind.
        indent: How far it will stand from the left.

    Example:
        ```python
        from triptych.adapters.projects.writing import call

        assert call("f(", ["a", "b"], ")", indent=0) == ["f(a, b)"]
        ```
    """
    line = f"{head}{', '.join(arguments)}{tail}"
    if len(line) + indent <= WIDTH:
        return [line]
    inner = f"    {', '.join(arguments)}"
    if len(inner) + indent <= WIDTH and not tail.startswith("))"):
        return [head, inner, tail]
    if tail.startswith("))"):
        outer, _, name = head.rpartition("(")[0].rpartition("(")
        one = f"    {name}({', '.join(arguments)})"
        if len(one) + indent <= WIDTH:
            return [f"{outer}(", one, ")"]
        return [
            f"{outer}(",
            f"    {name}(",
            *(f"        {each}," for each in arguments),
            "    )",
            ")",
        ]
    return [head, *(f"    {each}," for each in arguments), tail]


def literal(text: str) -> str:
    r"""Writes a text as it stands in code.

    Example:
        ```python
        from triptych.adapters.projects.writing import literal

        assert literal("it's so") == '"it\'s so"'
        ```
    """
    written = repr(text)
    if written[0] == '"' or text.count('"') > text.count("'"):
        return written
    plain = written[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'"{plain}"'


def signature(
    name: str, parameters: Sequence[str], returns: str, *, is_async: bool = True
) -> list[str]:
    """Writes the head of a method.

    Example:
        ```python
        from triptych.adapters.projects.writing import signature

        assert signature("pay", ["amount: int"], "None") == [
            "async def pay(self, amount: int) -> None:"
        ]
        ```
    """
    head = f"{'async ' if is_async else ''}def {name}("
    return call(head, ["self", *parameters], f") -> {returns}:", indent=4)
