"""A program: a table of commands, of which only the one that is asked for is loaded."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from triptych.cli.exits import DONE, INTERRUPTED, exit_of
from triptych.domain.errors import TriptychError
from triptych.infrastructure.memory import collect_seldom

_HELP = ("--help", "-h")
_SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        target: Module and function, as `module:function`.
        about: What it does, in one sentence.

    Example:
        ```python
        from triptych.cli.program import Command

        assert Command("json:dumps", "Write JSON.").load()([1]) == "[1]"
        ```
    """

    target: str
    about: str

    def load(self) -> Callable[..., Any]:
        """Imports the function."""
        module, _, name = self.target.partition(":")
        function: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return function


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the command line.

    Attributes:
        name: What it is called.
        about: What it is, in one sentence.
        version: Its version.
        commands: By name.
        package: The application it belongs to; every command's first parameter is bound to it.
        others: Finds commands that are in no table, as `module:function` of package and words.
        own: The application's own commands, by name; they stand before ours of the same name.

    Example:
        ```python
        from triptych.cli.program import Command, Program

        program = Program("tool", "A tool.", "1.0", {"dump": Command("json:dumps", "Write JSON.")})
        assert program.run(["--version"]) == 0
        ```
    """

    name: str
    about: str
    version: str
    commands: Mapping[str, Command]
    package: str | None = None
    others: str = ""
    own: Mapping[str, Command] = field(default_factory=dict)

    def run(self, arguments: Sequence[str]) -> int:
        """Runs one command and returns the exit code.

        The list of commands is printed without loading any: that is what help costs most.
        """
        if not arguments or arguments[0] in _HELP:
            print(self._help())
            return DONE
        if arguments[0] == "--version":
            print(self.version)
            return DONE
        collect_seldom()
        try:
            return self._run(arguments)
        except TriptychError as error:
            print(f"{self.name}: {error}", file=sys.stderr)
            return exit_of(error)
        except KeyboardInterrupt:
            return INTERRUPTED
        except BrokenPipeError:
            # Whoever read the output has seen enough; nothing is left to be flushed to it.
            sys.stdout = None
            return DONE

    @property
    def _known(self) -> dict[str, Command]:
        return {**self.own, **{k: v for k, v in self.commands.items() if k not in self.own}}

    def document(self) -> str:
        """Writes a reference of all commands that are in the table, as Markdown.

        Example:
            ```python
            from triptych.cli.main import TRIPTYCH

            assert "triptych verify" in TRIPTYCH.document()
            ```
        """
        written: str = self._app(self._known).generate_docs(
            output_format="markdown", heading_level=2, include_hidden=False
        )
        return written

    def _help(self) -> str:
        known = self._known
        width = max(len(name) for name in known)
        lines = [f"  {name:<{width}}  {each.about}" for name, each in known.items()]
        listed = "\n".join(lines)
        return (
            f"{self.about}\n\nUsage: {self.name} COMMAND\n\nCommands:\n{listed}\n{self._more()}\n"
            f"Write `{self.name} COMMAND --help` to learn more about one, and\n"
            f"`{self.name} completion {'|'.join(_SHELLS)}` to let your shell complete the words."
        )

    def _more(self) -> str:
        """Tells of the commands that are in no table."""
        if not self.others:
            return ""
        return f"  SERVICE ACTION\n\nWrite `{self.name} actions` to see every service and its actions.\n"

    def _run(self, arguments: Sequence[str]) -> int:
        if arguments[0] == "completion":
            return self._complete(arguments[1:])
        # Imported here: the command line parser is what costs most at start.
        refused = importlib.import_module("cyclopts").CycloptsError
        name = arguments[0]
        known = self._known
        if self.others and name not in known and len(arguments) > 1:
            found = Command(self.others, "").load()(self.package, arguments[0], arguments[1])
            if found is not None:
                return self._call(self._alone(arguments[:2], found), arguments[2:], refused)
        app = self._app({name: known[name]} if name in known else known)
        return self._call(app, arguments, refused)

    def _alone(self, words: Sequence[str], function: Callable[..., Any]) -> Any:
        """Makes the parser of one command that is in no table."""
        cyclopts = importlib.import_module("cyclopts")
        app = cyclopts.App(
            name=" ".join((self.name, *words)),
            help_format="markdown",
            suppress_keyboard_interrupt=False,
        )
        app.default(function)
        return app

    def _call(self, app: Any, arguments: Sequence[str], refused: type[Exception]) -> int:
        """Lets a parser call what it finds."""
        try:
            result = app(
                arguments, exit_on_error=False, print_error=True, result_action="return_value"
            )
        except refused:
            return 2
        return result if isinstance(result, int) else DONE

    def _app(self, commands: Mapping[str, Command]) -> Any:
        cyclopts = importlib.import_module("cyclopts")
        app = cyclopts.App(
            name=self.name,
            help=self.about,
            version=self.version,
            help_format="markdown",
            suppress_keyboard_interrupt=False,
        )
        for name, command in commands.items():
            function = command.load()
            app.command(function if name in self.own else self._bound(function), name=name)
        return app

    def _complete(self, arguments: Sequence[str]) -> int:
        """Prints what a shell needs to complete this program's words."""
        shell = arguments[0] if arguments else ""
        if shell not in _SHELLS:
            print(f"Usage: {self.name} completion {'|'.join(_SHELLS)}", file=sys.stderr)
            return 2
        app = self._app(self._known)
        # `shell` names one; none is started.
        print(app.generate_completion(prog_name=self.name, shell=shell))  # nosec B604
        return DONE

    def _bound(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Binds a command's first parameter to the application, where there is one."""
        package = self.package
        if package is None:
            return function
        signature = inspect.signature(function, eval_str=True)

        def call(*arguments: Any, **options: Any) -> Any:
            return function(package, *arguments, **options)

        rest = list(signature.parameters.values())[1:]
        call.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]  # inspect reads it
        call.__doc__ = _without_first_argument(inspect.getdoc(function) or "")
        call.__name__ = function.__name__
        return call


def _without_first_argument(text: str) -> str:
    lines = text.splitlines()
    kept = [line for line in lines if not line.strip().startswith("package:")]
    return "\n".join(kept)
