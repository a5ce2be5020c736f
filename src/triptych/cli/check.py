"""`check`: finds the mistakes in a domain package."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console

from triptych.cli.exits import DONE, MISTAKES_FOUND
from triptych.cli.screen import make_console
from triptych.cli.wiring import find_package
from triptych.domain.diagnostics import Diagnostic, Severity
from triptych.services.ontology import check_package


def check(package: str, *, json: Annotated[bool, Parameter(negative=())] = False) -> int:
    """Find the mistakes in a domain package, all at once.

    Ends with 1 where there are mistakes; warnings alone do no harm.

    Args:
        package: The package that has the `domain`.
        json: Print JSON instead of text.
    """
    find_package()
    reading = check_package(package)
    errors = [each for each in reading.diagnostics if each.severity is Severity.ERROR]
    if json:
        found = [dataclasses.asdict(each) for each in reading.diagnostics]
        print(msgspec.json.encode(found).decode())
        return MISTAKES_FOUND if errors else DONE
    console = make_console(soft_wrap=True)
    for each in reading.diagnostics:
        _print(console, each)
    warnings = len(reading.diagnostics) - len(errors)
    ontology = reading.ontology
    console.print(
        f"{package}: {_counted(len(ontology.entities), 'entity', 'entities')}, "
        f"{_counted(len(ontology.relationships), 'relationship')}, "
        f"{_counted(len(ontology.rules), 'rule')}; "
        f"[{'red' if errors else 'green'}]{_counted(len(errors), 'mistake')}[/], "
        f"{_counted(warnings, 'warning')}"
    )
    return MISTAKES_FOUND if errors else DONE


def _print(console: Console, of: Diagnostic) -> None:
    colour = "red" if of.severity is Severity.ERROR else "yellow"
    place = f"{of.file}:{of.line}" + (f":{of.column}" if of.column else "")
    console.print(f"[bold]{place}[/] [{colour}]{of.code}[/] ", end="")
    console.print(of.found, markup=False)
    console.print(f"    {of.mend}", style="dim", markup=False)


def _counted(count: int, word: str, words: str = "") -> str:
    return f"{count or 'no'} {word if count == 1 else words or word + 's'}"
