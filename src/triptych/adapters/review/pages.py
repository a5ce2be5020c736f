"""The pages of the rules: why, a tree that breaks one, a tree that keeps it, when to ignore it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FILE = re.compile(
    r"^`(?P<path>[^`\n]+)`\n\n```(?:python|toml)\n(?P<text>.*?)```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a rule.

    Attributes:
        text: All of it, as Markdown.
        bad: A tree of files that breaks the rule, by path.
        good: One that keeps it.
    """

    text: str
    bad: dict[str, str]
    good: dict[str, str]


def read_page(code: str) -> Page:
    """Reads the page of a rule.

    Raises:
        FileNotFoundError: There is no such rule.

    Example:
        ```python
        from triptych.adapters.review.pages import read_page

        assert "src/shop/domain/orders.py" in read_page("LYR001").bad
        ```
    """
    place = Path(__file__).with_suffix("") / f"{code}.md"
    text = place.read_text(encoding="utf-8")
    _, _, shown = text.partition("## Bad")
    bad, _, good = shown.partition("## Good")
    return Page(text, _tree(bad), _tree(good))


def _tree(text: str) -> dict[str, str]:
    return {each["path"]: each["text"] for each in _FILE.finditer(text)}
