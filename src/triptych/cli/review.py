"""`review`: what breaks the three-layer standard, where, why, how bad it is, and what to do."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from triptych.adapters.review.pages import read_page
from triptych.adapters.review.reports import FORMATS, write_report
from triptych.cli.exits import DONE, MISTAKES_FOUND
from triptych.cli.options import Flag
from triptych.cli.screen import make_console
from triptych.domain.errors import InvalidInput, Problem, UnknownName
from triptych.domain.review import Finding, Mending, Report, Rule, Severity, Tier, counted
from triptych.services.review import RULES
from triptych.services.review.explaining import Explanation, write_settings
from triptych.services.review.project import ReviewedProject, open_project
from triptych.services.review.watching import watch

_MANY = Parameter(negative=())
_SHOWN, _PAUSE, _ALL = 5, 0.5, "all"
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "dim"}
_KNOWN: dict[str, Rule] = {each.rule.code: each.rule for each in RULES}


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Ways:
    """How it is reviewed and told.

    Attributes:
        folder: The project, for `explain`, `baseline` and `init`.
        diff: A commit or a branch: tell only what is new since work left it.
        format: `text`, or one of the formats that programs read.
        out: A report more, as `FORMAT=FILE`; any number.
        ignore: Codes, or beginnings of codes, that are not looked for; any number.
        fail_on: From which severity on the review fails: `error`, `warning` or `info`.
        all: Show every finding, not only the first of each rule.
        no_cache: Read every file anew, and keep nothing.
        tier: `lint`, `types`, `tests`, `docs` or `all`: also run what the project is checked
            by, which imports and runs its code; any number.
        watch: Review again whenever a file has changed, until it is ended by Ctrl-C.
    """

    folder: Path = Path()
    diff: str = ""
    format: str = "text"
    out: Annotated[tuple[str, ...], _MANY] = ()
    ignore: Annotated[tuple[str, ...], _MANY] = ()
    fail_on: str = ""
    all: Flag = False
    no_cache: Flag = False
    tier: Annotated[tuple[str, ...], _MANY] = ()
    watch: Flag = False


_USUAL = Ways()


def review(what: str = ".", which: str = "", *, ways: Ways = _USUAL) -> int:
    """Say what breaks the three-layer standard in any Python backend, and what to do about it.

    Nothing of what is reviewed is imported or run, but for what `--tier` asks for. `triptych
    review explain WHICH` says why a file is in its layer and what should move, or what a rule is
    about; `init` writes down the layers that it sees, and the first baseline; `baseline` keeps the
    findings of today, so that only new ones fail; later it only shrinks.

    Args:
        what: A folder or a file; or `explain`, `init`, `baseline`, `rules`.
        which: For `explain` a file or a rule.
        ways: How.
    """
    _check_formats(ways)
    is_other = what in _WHATS and not Path(what).exists()
    if is_other:
        return _WHATS[what](which, ways)
    project = _project(Path(what), ways)
    if ways.tier:
        # Loaded where it is asked for: whoever only reads begins sooner.
        measuring = importlib.import_module("triptych.services.review.measuring")
        measured = measuring.measure(project, _tiers(ways.tier), ways.diff)
        project = replace(project, measured=measured)
    console = make_console(soft_wrap=True)
    if ways.watch:
        return _watch(console, project, ways)
    report = project.review(ways.diff)
    if ways.format == "text":
        _show(console, report, ways)
    else:
        print(write_report(ways.format, report, _KNOWN), end="")
    for said in ways.out:
        _write(report, *said.partition("=")[::2])
    return MISTAKES_FOUND if report.fails(project.settings.fail_on) else DONE


def _tiers(said: Sequence[str]) -> list[Tier]:
    """Reads which tiers are asked for.

    Raises:
        UnknownName: There is no such tier.
    """
    for each in said:
        if each not in (*Tier, _ALL):
            raise UnknownName("tier", each, [*Tier, _ALL])
    return list(Tier) if _ALL in said else [Tier(each) for each in said]


def _check_formats(ways: Ways) -> None:
    """Checks that there are such formats, before anything is read.

    Raises:
        UnknownName: There is one that is none.
    """
    asked = [said.partition("=")[0] for said in ways.out]
    for each in asked if ways.format == "text" else (ways.format, *asked):
        if each not in FORMATS:
            raise UnknownName("format", each, list(FORMATS))


def _project(root: Path, ways: Ways) -> ReviewedProject:
    today = datetime.now(UTC).date()
    project = open_project(root.resolve(), today, is_cached=not ways.no_cache)
    settings = replace(
        project.settings, ignored=(*project.settings.ignored, *map(str.upper, ways.ignore))
    )
    if ways.fail_on:
        if ways.fail_on not in list(Severity):
            raise UnknownName("severity", ways.fail_on, list(Severity))
        settings = replace(settings, fail_on=Severity(ways.fail_on))
    return replace(project, settings=settings)


def _watch(console: Console, project: ReviewedProject, ways: Ways) -> int:
    """Shows all that is found, and then what is new and what is gone, until it is ended."""
    with suppress(KeyboardInterrupt):
        for number, seen in enumerate(watch(project, lambda: time.sleep(_PAUSE), ways.diff)):
            if not number:
                _show(console, seen.report, ways)
                console.print("[dim]watching; Ctrl-C ends it[/]")
                continue
            for mark, colour, found in (("+", "red", seen.new), ("-", "green", seen.gone)):
                for each in found:
                    where = escape(f"{each.path}:{each.line}")
                    console.print(f"[{colour}]{mark}[/] {where} {each.code} {escape(each.found)}")
            console.print(f"[bold]{seen.report.score.whole} of 100[/]")
    return DONE


def _write(report: Report, format_: str, file: str) -> None:
    if not file:
        raise InvalidInput([Problem("out", f"{format_!r} names no file", "write sarif=FILE")])
    try:
        text = write_report(format_, report, _KNOWN)
        Path(file).write_text(text, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise InvalidInput([Problem(file, str(error), "name a file that can be written")]) from None


def _show(console: Console, report: Report, ways: Ways) -> None:
    for code in dict.fromkeys(each.code for each in _worst_first(report.findings)):
        _show_rule(console, code, [e for e in report.findings if e.code == code], ways)
    for note in report.notes:
        console.print(f"[yellow]note[/] {escape(note)}")
    _show_layers(console, report)
    for each in report.score.causes:
        rule = _KNOWN[each.code]
        console.print(
            f"[dim]{each.points:4.1f} points of {each.layer} go to {each.code}, "
            f"{counted(each.count, 'time')}: {escape(rule.title)}[/]"
        )
    taken = f", {len(report.suppressed)} taken out by comments" if report.suppressed else ""
    known = f", {report.known} known before" if report.known else ""
    console.print(f"\n[bold]{report.score.whole} of 100[/]  {report.headline()}{known}{taken}")


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    order = list(Severity)
    return sorted(findings, key=lambda e: (order.index(e.severity), e.code))


def _show_rule(console: Console, code: str, found: list[Finding], ways: Ways) -> None:
    rule, first = _KNOWN[code], found[0]
    colour = _COLOURS[first.severity]
    console.print(f"[{colour}]{first.severity}[/] [bold]{code}[/] {escape(rule.title)}")
    for each in found if ways.all else found[:_SHOWN]:
        console.print(f"  {escape(each.path)}:{each.line}  {escape(each.found)}")
    if len(found) > _SHOWN and not ways.all:
        console.print(f"  [dim]and {len(found) - _SHOWN} more, which --all shows[/]")
    console.print(f"  [dim]{escape(rule.mend)}; `triptych review explain {code}` says why[/]\n")


def _show_layers(console: Console, report: Report) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("layer", "score", "modules", "lines", "weakest"):
        table.add_column(name, justify="right" if name in ("score", "modules", "lines") else "left")
    for each in report.layers:
        score = report.score.layers.get(each.layer)
        axes = sorted(report.score.axes.get(each.layer, {}).items(), key=lambda of: of[1])
        weakest = ", ".join(f"{axis} {of}" for axis, of in axes[:2] if of < 100)
        shown = "" if score is None else str(score)
        table.add_row(each.layer, shown, f"{each.modules:,}", f"{each.lines:,}", weakest)
    console.print(table)


def _explain(which: str, ways: Ways) -> int:
    console = make_console(soft_wrap=True)
    if which.upper() in _KNOWN:
        _show_page(console, _KNOWN[which.upper()])
        return DONE
    _show_explained(console, _project(ways.folder, ways).explain(which))
    return DONE


def _show_explained(console: Console, explained: Explanation) -> None:
    """Shows where a module is, why, what speaks against it, what should move, what is found."""
    placement = explained.placement
    console.print(f"[bold]{escape(explained.path)}[/] is {placement.layer}", end=" ")
    console.print(f"[dim](confidence {placement.confidence:.2f})[/]")
    for seen in placement.evidence:
        mark = "   " if seen.layer is placement.layer else "[yellow]but[/]"
        console.print(f"{mark} {seen.layer:9} {seen.weight:.2f}  {escape(seen.reason)}")
    for each, layer in explained.imports:
        mark = "   " if placement.layer.may_import(layer) else "[red]not[/]"
        console.print(f"{mark} imports {escape(each.target)}, {layer}, line {each.line}")
    for move in explained.moves:
        to = move.to or "a package"
        console.print(
            f"[bold]move[/] {escape(move.name)} to {escape(to)}, {move.layer}: {escape(move.reason)}"
        )
    for finding in explained.findings:
        console.print(f"{finding.code} line {finding.line}: {escape(finding.found)}")
        console.print(f"    [dim]{escape(_KNOWN[finding.code].mend)}[/]")


def _show_page(console: Console, rule: Rule) -> None:
    console.print(f"[bold]{rule.code}[/] {escape(rule.title)}", end=" ")
    console.print(f"[dim]{rule.severity}, {rule.axis}[/]\n")
    console.print(
        _markdown(read_page(rule.code).text) if console.is_terminal else read_page(rule.code).text,
        markup=False,
    )
    console.print(f"\nMend: {escape(rule.mend)}")


def _markdown(text: str) -> Any:
    # Loaded when it is needed: it is a quarter of what a review loads.
    return importlib.import_module("rich.markdown").Markdown(text)


def _init(_: str, ways: Ways) -> int:
    project = _project(ways.folder, ways)
    file = project.folder / "pyproject.toml"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if "[tool.triptych.review" in text:
        mend = "take them out first, or change them by hand"
        raise InvalidInput([Problem(str(file), "it says how it is reviewed already", mend)])
    said = write_settings(project.read())
    print(said, end="")
    file.write_text(f"{text.rstrip()}\n\n{said}" if text else said, encoding="utf-8")
    if _project(ways.folder, ways).review().findings:
        print()
        return _baseline("", ways)
    return DONE


def _baseline(_: str, ways: Ways) -> int:
    project = _project(ways.folder, ways)
    now, before = project.keep_baseline()
    told = f"it had {before}" if before else "commit it, so that only new findings fail"
    print(f"{project.settings.baseline} holds {counted(now, 'finding')}; {told}")
    return DONE


def _rules(_: str, ways: Ways) -> int:
    for each in _KNOWN.values():
        mended = "" if each.mending is Mending.HAND else f" (improve: {each.mending})"
        print(f"{each.code}  {each.severity:8} {each.axis:11} {each.title}{mended}")
    return DONE


_WHATS: dict[str, Callable[[str, Ways], int]] = {
    "explain": _explain,
    "init": _init,
    "baseline": _baseline,
    "rules": _rules,
}
