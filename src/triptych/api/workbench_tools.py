"""The tools by which a coding agent keeps a project in order: what people type, for agents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from triptych.adapters.projects.running import run
from triptych.api.tools import LONGEST, Ability, Arguments, Asker, Toolbox
from triptych.domain.errors import InvalidInput, OnlyReads, Problem

_INSTRUCTIONS = (
    "Keeps a project of three layers in order. Say where something belongs with place; let add "
    "write what it can, whole and tested; verify before you are done; review says what breaks "
    "the layers, and improve mends what is safe. Nothing is written unless you say write."
)

_ANSWERED = (0, 1)

type Wanted = Annotated[bool, Meta(description="Write it; else it is only shown.")]
type Since = Annotated[str, Meta(description="A commit or branch: only what is new since.")]


class Place(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Says which layer a file is in, why, and what contradicts it; or what a rule is about."""

    what: Annotated[str, Meta(description="A file, or the code of a rule, such as LYR003.")]


class Review(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Says what breaks the three layers in Python code, where, why, and what to do about it."""

    path: Annotated[str, Meta(description="A folder or a file of the project.")] = "."
    since: Since = ""
    tier: Annotated[
        tuple[str, ...], Meta(description="Run these, too: lint, types, tests, docs.")
    ] = ()


class Add(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Adds code in its layer, typed, documented and tested; shows the difference first."""

    kind: Annotated[
        str,
        Meta(
            description="entity value-object relationship event rule policy lifecycle action query "
            "handler repository route command source external-api test adr"
        ),
    ]
    name: Annotated[str, Meta(description="Invoice; SERVICE.NAME of actions and queries.")]
    words: Annotated[
        tuple[str, ...],
        Meta(description="Fields such as number:str! customer:Customer total:Decimal? s:{a,b}=a."),
    ] = ()
    about: Annotated[str, Meta(description="What it is, in one sentence.")] = ""
    role: Annotated[str, Meta(description="Who may.")] = ""
    sets: Annotated[tuple[str, ...], Meta(description="What an action sets: status=sent.")] = ()
    requires: Annotated[tuple[str, ...], Meta(description="Rules that an action requires.")] = ()
    records: Annotated[str, Meta(description="The event that an action records.")] = ""
    makes: Annotated[str, Meta(description="The entity that an action makes.")] = ""
    write: Wanted = False


class Improve(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Mends what a review finds, where that is safe; shows the difference first."""

    path: Annotated[str, Meta(description="A folder or a file of the project.")] = "."
    only: Annotated[tuple[str, ...], Meta(description="Codes of rules.")] = ()
    since: Since = ""
    write: Wanted = False


class Undo(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Takes back what add or improve has written last; a file that was edited since is not lost."""

    what: Annotated[str, Meta(description="add or improve.", pattern="^(add|improve)$")]


class Verify(Arguments, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Checks all that a project is held to: its tests are run."""

    only: Annotated[tuple[str, ...], Meta(description="Checks, such as types, tests, docs.")] = ()
    fix: Annotated[bool, Meta(description="Mend format and lint first.")] = False


class WorkbenchTools(Toolbox):
    """Lets a coding agent work on a project; answers are what people read.

    Each call is a process of its own, so that it sees the code as it is now.

    Args:
        folder: The project.
        can_write: Whether the agent is granted more than to look.

    Example:
        ```python
        from pathlib import Path

        from triptych.api.workbench_tools import WorkbenchTools

        names = [each.name for each in WorkbenchTools(Path()).tools]
        assert names == ["place", "review", "add", "improve", "undo", "verify"]
        ```
    """

    def __init__(self, folder: Path, *, can_write: bool = False) -> None:
        self._folder, self._can_write = folder.resolve(), can_write
        reading = not can_write
        super().__init__(
            _INSTRUCTIONS,
            {
                "place": Ability(Place, self._place),
                "review": Ability(Review, self._review),
                "add": Ability(Add, self._add, is_reading=reading),
                "improve": Ability(Improve, self._improve, is_reading=reading),
                "undo": Ability(Undo, self._undo, is_reading=reading),
                "verify": Ability(Verify, self._verify, is_reading=reading),
            },
        )

    async def _place(self, given: Place, _: Asker) -> str:
        is_rule = re.fullmatch(r"[A-Z]{3}\d{3}", given.what) is not None
        what = given.what if is_rule else self._within(given.what)
        return await self._said("review", "explain", what)

    async def _review(self, given: Review, _: Asker) -> str:
        since = _option("diff", given.since)
        tiers = [word for each in given.tier for word in _option("tier", each)]
        words = ["review", self._within(given.path), "--format", "concise", *since, *tiers]
        return await self._said(*words)

    async def _add(self, given: Add, _: Asker) -> str:
        self._check(is_writing=given.write, tool="add")
        options = {name: getattr(given, name) for name in ("about", "role", "records", "makes")}
        said = [word for name, value in options.items() for word in _option(name, value)]
        said += [word for each in given.sets for word in _option("sets", each)]
        said += [word for each in given.requires for word in _option("requires", each)]
        words = [_plain(each) for each in (given.kind, given.name, *given.words)]
        return await self._said("add", *words, *said, "--yes" if given.write else "--dry-run")

    async def _improve(self, given: Improve, _: Asker) -> str:
        self._check(is_writing=given.write, tool="improve")
        only = [word for each in given.only for word in _option("only", each)]
        words = ["improve", self._within(given.path), *only, *_option("diff", given.since)]
        return await self._said(*words, *(["--write"] if given.write else []))

    async def _undo(self, given: Undo, _: Asker) -> str:
        self._check(is_writing=True, tool="undo")
        return await self._said(given.what, "--undo")

    async def _verify(self, given: Verify, _: Asker) -> str:
        self._check(is_writing=given.fix, tool="verify")
        words = [_plain(each) for each in given.only]
        return await self._said("verify", *words, *(["--fix"] if given.fix else []))

    def _check(self, *, is_writing: bool, tool: str) -> None:
        """Checks that nothing is written where that is not granted.

        Raises:
            OnlyReads: It would be.
        """
        if is_writing and not self._can_write:
            raise OnlyReads(tool, "let a person do it, or start `triptych mcp --write`")

    def _within(self, path: str) -> str:
        """Returns a path of the project, from its root.

        Raises:
            InvalidInput: It leads out of it.
        """
        found = (self._folder / path).resolve()
        if not found.is_relative_to(self._folder):
            raise InvalidInput([Problem("path", f"{path!r:.80} is not in the project")])
        return f"./{found.relative_to(self._folder).as_posix()}"

    async def _said(self, *words: str) -> str:
        """Runs a command, and returns what it says.

        Raises:
            InvalidInput: It could not do what it was asked.
        """
        code, said = await run(["triptych", *words], self._folder)
        if code not in _ANSWERED:
            raise InvalidInput([Problem(words[0], said or f"it has ended with {code}")])
        if len(said) > LONGEST:
            return f"{said[: LONGEST - 200]}\n... cut here: ask about a part of the project"
        return said or "nothing is found"


def _plain(word: str) -> str:
    """Returns a word that no command takes for an option.

    Raises:
        InvalidInput: One would.
    """
    if word.startswith("-"):
        raise InvalidInput([Problem("words", f"{word!r:.80} begins as an option does")])
    return word


def _option(name: str, value: str) -> Sequence[str]:
    """Writes an option, as one word, where something is said."""
    return [f"--{name}={value}"] if value else []
