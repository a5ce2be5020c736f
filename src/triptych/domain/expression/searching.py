"""Searching texts by words, the same wherever they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MOST_WORDS = 20
SIGMAS = ("\u03c2", "\u03c3")
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> tuple[str, ...]:
    """Splits a text into its words: runs of letters and digits, in small letters.

    The small sigma is one letter, wherever in a word it stands.

    Example:
        ```python
        from triptych.domain.expression.searching import words_of

        assert words_of("John F. Kennedy (JFK)") == ("john", "f", "kennedy", "jfk")
        ```
    """
    return tuple(each.lower().replace(*SIGMAS) for each in _WORD.findall(text))


def speaks_of(texts: Iterable[str | None], wanted: Sequence[str]) -> bool:
    """Tells whether each of some words begins a word of the texts.

    Example:
        ```python
        from triptych.domain.expression.searching import speaks_of

        assert speaks_of(["John F Kennedy Intl", None], ["ken", "john"])
        ```
    """
    found = {word for text in texts if text for word in words_of(text)}
    return all(any(word.startswith(each) for word in found) for each in wanted)


def relevance(texts: Iterable[str | None], wanted: Sequence[str]) -> float:
    """Returns how much of the texts the words are: 1 where they say nothing else.

    Example:
        ```python
        from triptych.domain.expression.searching import relevance

        assert relevance(["Kennedy"], ["ken"]) > relevance(["John F Kennedy"], ["ken"])
        ```
    """
    found = [word for text in texts if text for word in words_of(text)]
    hits = [word for word in found if any(word.startswith(each) for each in wanted)]
    return len(hits) / len(found) if found else 0.0
