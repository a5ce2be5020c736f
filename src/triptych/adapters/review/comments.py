"""What comments say: which findings they take out, and what they hide from a type checker."""

from __future__ import annotations

import re
from collections.abc import Sequence

from triptych.domain.review import Suppression

_SUPPRESSION = re.compile(r"#\s*review:\s*ignore\[(?P<codes>[A-Z0-9, ]*)\]\s*(?P<reason>.*)")
_SILENCED = re.compile(r"#\s*type:\s*ignore(?!\[)")


def read_suppressions(text: str, lines: Sequence[str]) -> tuple[Suppression, ...]:
    """Finds what comments take out: of their own line, or of the next where they stand alone.

    Args:
        text: The module.
        lines: Its lines.

    Example:
        ```python
        from triptych.adapters.review.comments import read_suppressions

        line = "x = 1  # review: ignore[ERR004] the library catches no other"
        assert read_suppressions(line, [line])[0].codes == ("ERR004",)
        ```
    """
    if "review:" not in text:
        return ()
    found = [
        (number + line.lstrip().startswith("#"), _SUPPRESSION.search(line))
        for number, line in enumerate(lines, start=1)
    ]
    return tuple(
        Suppression(number, tuple(filter(None, re.split(r"[, ]+", each["codes"]))), each["reason"])
        for number, each in found
        if each
    )


def count_silenced(text: str) -> int:
    """Counts the lines on which a type checker may say nothing, whatever is wrong.

    Example:
        ```python
        from triptych.adapters.review.comments import count_silenced

        line = "a = b  # type: " + "ignore"
        assert count_silenced(line) == 1 and count_silenced(f"{line}[misc]") == 0
        ```
    """
    return len(_SILENCED.findall(text)) if "type:" in text else 0
