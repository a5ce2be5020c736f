"""What is added to the documents: decisions."""

from __future__ import annotations

import re

from triptych.adapters.projects.modules import ProjectSource
from triptych.domain.additions import Request
from triptych.domain.errors import InvalidInput, Problem

_FOLDER = "docs/architecture/decisions"
_NUMBERED = re.compile(r"(\d{4})-(.+)\.md")
_PAGE = "# {number}. {title}\n\n## Context\n\n{context}\n\n## Decision\n\n{decision}\n"


class Documents:
    """Adds to the documents of a project.

    Args:
        source: The project.
    """

    def __init__(self, source: ProjectSource) -> None:
        self._source = source

    def adr(self, request: Request) -> None:
        """Adds a decision, with why it was needed."""
        if not request.context or not request.decision:
            mend = "say --context, why it was needed, and --decision, what was decided"
            raise InvalidInput([Problem("adr", "a decision says why", mend)])
        numbers = [int(found[1]) for found in self._pages()]
        number = max(numbers, default=0) + 1
        text = _PAGE.format(
            number=number, title=request.name, context=request.context, decision=request.decision
        )
        path = f"{_FOLDER}/{number:04}-{_slug(request.name)}.md"
        self._source.write(path, text, "a choice that could be asked about, with its reason")

    def find(self, title: str) -> str | None:
        """Finds the page of a decision by its title."""
        return next((f[0] for f in self._pages() if f[2] == _slug(title)), None)

    def _pages(self) -> list[re.Match[str]]:
        folder = self._source.folder / _FOLDER
        names = sorted(each.name for each in folder.glob("*.md")) if folder.is_dir() else []
        return [found for name in names if (found := _NUMBERED.fullmatch(name))]


def _slug(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower()))
