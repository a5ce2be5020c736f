"""Scenarios in the terminal: several actions tried together, and what would be then."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from cyclopts import Parameter
from rich.markup import escape

from triptych.adapters.actions.arguments import read_texts
from triptych.adapters.objects.reading import DocumentPage, GroupPage
from triptych.cli.actions import entities_first, print_plan
from triptych.cli.calling import acting, caller
from triptych.cli.groups import show_groups
from triptych.cli.objects import show_found
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.domain.actions import Operation
from triptych.domain.errors import InvalidInput, Problem
from triptych.services.actions import Backend
from triptych.services.actions.calls import Call

_ASK = Annotated[tuple[str, ...], Parameter(name=("--ask", "-a"), negative=())]


def scenario(
    package: str,
    *steps: str,
    ask: _ASK = (),
    plan: Flag = False,
    json: Flag = False,
    as_: As = "",
) -> None:
    """Try several actions together, and ask what would be; nothing of it happens.

    Args:
        package: The package that has the `domain`.
        steps: Actions, each as in the shell: `"operations depart FLIGHT"`.
        ask: A question about what would be: `"flight?is_late=true&by=carrier"`.
        plan: Keep the difference, for somebody to commit.
        json: Print JSON.
        as_: Who acts, as `NAME:ROLE,ROLE`.
    """
    by = caller(as_)

    async def trying(backend: Backend) -> None:
        calls = [_read_step(backend, each) for each in steps]
        async with backend.scenario(by) as tried:
            for call in calls:
                await tried.run(call)
            answers = [await tried.answer(*_read_question(each)) for each in ask]
            difference = tried.plan
        kept = await backend.keep(difference) if plan else ""
        document = await backend.teller.plan(difference, by.actor)
        if json:
            said: dict[str, Any] = {"answers": [msgspec.Raw(each.json()) for each in answers]}
            said |= {"plan": kept} if kept else {}
            print(msgspec.json.encode(document | said).decode())
            return
        print_plan(document)
        for question, answer in zip(ask, answers, strict=True):
            _show(question, answer)
        if kept:
            console = make_console(soft_wrap=True)
            console.print(f"[dim]somebody may commit it:[/] {kept}")

    acting(package, trying)


def _show(question: str, answer: DocumentPage | GroupPage) -> None:
    make_console().print(f"\n[bold]{escape(question)}[/]")
    if isinstance(answer, GroupPage):
        show_groups(answer)
    else:
        show_found(answer, is_json=False)


def _read_question(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Reads a question such as `flight?is_late=true`."""
    name, _, query = text.partition("?")
    return name, parse_qsl(query, keep_blank_values=True, max_num_fields=100)


def _read_step(backend: Backend, text: str) -> Call:
    """Reads an action as it is written in the shell.

    Raises:
        InvalidInput: It cannot be read.
        UnknownName: There is no such action.
    """
    try:
        service, name, *words = shlex.split(text)
    except ValueError as error:
        found = f"{text!r:.60} is no action ({error})"
        raise InvalidInput([Problem("step", found, "write SERVICE ACTION ...")]) from None
    operation = backend.declared.operation(f"{service}.{name}".replace("-", "_"))
    pairs = list(_read_words(operation, words))
    return backend.read_call(operation.full_name, read_texts(operation, pairs))


def _read_words(operation: Operation, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Reads what an action is given: entities by place, all else by name."""
    places: Iterator[Any] = (each.name for each in entities_first(operation) if each.entity)
    left = iter(words)
    for word in left:
        if word.startswith("--"):
            name, equals, value = word.removeprefix("--").partition("=")
            yield name.replace("-", "_"), value if equals else _following(left, word)
            continue
        place = next(places, None)
        if place is None:
            found = f"{operation.full_name} has no place for it"
            raise InvalidInput([Problem(word, found, "name it: --NAME VALUE")])
        yield place, word


def _following(words: Iterator[str], name: str) -> str:
    value = next(words, None)
    if value is None:
        raise InvalidInput([Problem(name, "is given nothing", f"write {name} VALUE")])
    return value
