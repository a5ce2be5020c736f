"""What comments say: which findings they take out, and what they hide from a type checker."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from contextlib import suppress

from triptych.domain.review import Suppression

_SUPPRESSION = re.compile(r"#\s*review:\s*ignore\[(?P<codes>[A-Z0-9, ]*)\]\s*(?P<reason>.*)")
_SILENCED = re.compile(r"#\s*type:\s*ignore(?!\[)")


def read_suppressions(text: str) -> tuple[Suppression, ...]:
    """Finds what comments take out: of their own line, or of the next where they stand alone.

    Args:
        text: The module.

    Example:
        ```python
        from triptych.adapters.review.comments import read_suppressions

        line = "x = 1  # review: " + "ignore[ERR004] the library catches no other"
        assert read_suppressions(line)[0].codes == ("ERR004",)
        ```
    """
    if "review:" not in text:
        return ()
    found = [(line, _SUPPRESSION.search(comment)) for line, comment in _comments(text)]
    return tuple(
        Suppression(line, tuple(filter(None, re.split(r"[, ]+", each["codes"]))), each["reason"])
        for line, each in found
        if each
    )


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Yields comments, with the line that they speak of; what stands in a text is none."""
    with suppress(tokenize.TokenError, SyntaxError):
        for each in tokenize.generate_tokens(io.StringIO(text).readline):
            if each.type == tokenize.COMMENT:
                is_alone = not each.line[: each.start[1]].strip()
                yield each.start[0] + is_alone, each.string


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
