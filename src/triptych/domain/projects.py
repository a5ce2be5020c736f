"""What a project is called, in all the ways that it is."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from enum import StrEnum

from triptych.domain.errors import InvalidInput, Problem

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", re.ASCII)
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,40}", re.ASCII)
_LONGEST = 30


@dataclass(frozen=True, slots=True)
class ProjectName:
    """The name of a project.

    Attributes:
        text: As it is said, such as `job-board`.

    Raises:
        InvalidInput: It is no name, or that of something else.

    Example:
        ```python
        from triptych.domain.projects import ProjectName

        name = ProjectName("job-board")
        assert (name.package, name.title) == ("job_board", "Job board")
        ```
    """

    text: str

    def __post_init__(self) -> None:
        mend = "begin with a letter, and go on with small letters, digits, - or _"
        if not _NAME.fullmatch(self.text) or len(self.text) > _LONGEST:
            raise InvalidInput([Problem("name", f"{self.text!r:.60} is no name", mend)])
        taken = {*sys.stdlib_module_names, "triptych", "tests", "docs"}
        if self.package in taken or keyword.iskeyword(self.package):
            found = f"{self.package} is the name of something else"
            raise InvalidInput([Problem("name", found, "choose another one")])

    @property
    def package(self) -> str:
        """As Python imports it."""
        return self.text.replace("-", "_")

    @property
    def project(self) -> str:
        """As it is installed and typed."""
        return self.text.replace("_", "-")

    @property
    def title(self) -> str:
        """As people read it."""
        return self.package.replace("_", " ").capitalize()


class Ci(StrEnum):
    """Where a project is checked and released."""

    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"


class Engine(StrEnum):
    """Which database a project uses when nothing else is said."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is chosen for a project.

    Attributes:
        licence: By its SPDX identifier, such as `Apache-2.0`; empty for all rights reserved.
        ci: Where it is checked and released.
        database: Which database it uses.

    Raises:
        InvalidInput: The licence is no identifier.

    Example:
        ```python
        from triptych.domain.projects import Choices, Ci

        assert Choices().ci is Ci.GITHUB
        ```
    """

    licence: str = ""
    ci: Ci = Ci.GITHUB
    database: Engine = Engine.SQLITE

    def __post_init__(self) -> None:
        if self.licence and not _SPDX.fullmatch(self.licence):
            mend = "write its SPDX identifier, such as Apache-2.0 or MIT"
            raise InvalidInput([Problem("licence", f"{self.licence!r:.60} is none", mend)])
