"""Reports of one line, or one entry, a finding."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import (
    Element,
    SubElement,
    indent,
    tostring,
)  # nosec B405  # written only

import msgspec

from triptych.domain.review import Finding, Report, Rule, Severity, fingerprints

_SCHEMA = 1
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_GITLAB = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def concise(report: Report, rules: dict[str, Rule]) -> str:
    """Writes one line a finding, as compilers do."""
    return "".join(
        f"{each.path}:{each.line}: {each.code} {each.severity}: {each.found}\n"
        for each in report.findings
    )


def as_entry(finding: Finding, mark: str, rules: dict[str, Rule]) -> dict[str, Any]:
    """Writes a finding as plain JSON."""
    rule = rules[finding.code]
    return {
        "code": finding.code,
        "title": rule.title,
        "severity": finding.severity.value,
        "axis": rule.axis.value,
        "path": finding.path,
        "line": finding.line,
        "symbol": finding.symbol,
        "found": finding.found,
        "mend": rule.mend,
        "fingerprint": mark,
    }


def entries(report: Report, rules: dict[str, Rule]) -> list[dict[str, Any]]:
    """Writes all findings as plain JSON, with their fingerprints."""
    marks = fingerprints(report.findings)
    return [as_entry(e, mark, rules) for e, mark in zip(report.findings, marks, strict=True)]


def json_document(report: Report, rules: dict[str, Rule]) -> str:
    """Writes all that is known, as one document."""
    document = {
        "schema_version": _SCHEMA,
        "modules": report.modules,
        "lines": report.lines,
        "is_layered": report.is_layered,
        "score": {
            "whole": report.score.whole,
            "layers": dict(report.score.layers),
            "axes": {layer: dict(axes) for layer, axes in report.score.axes.items()},
            "causes": report.score.causes,
        },
        "layers": report.layers,
        "arrows": [
            {"from": pair[0], "to": pair[1], "imports": count, "forbidden": bad}
            for pair, (count, bad) in report.arrows.items()
        ],
        "findings": entries(report, rules),
        "suppressed": [
            {"code": e.code, "path": e.path, "line": e.line, "reason": reason}
            for e, reason in report.suppressed
        ],
        "known": report.known,
        "notes": report.notes,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def json_lines(report: Report, rules: dict[str, Rule]) -> str:
    """Writes one document a line, one finding each."""
    return "".join(msgspec.json.encode(each).decode() + "\n" for each in entries(report, rules))


def github(report: Report, rules: dict[str, Rule]) -> str:
    """Writes what GitHub shows beside the lines of a change."""
    return "".join(
        f"::{_GITHUB[each.severity]} file={_property(each.path)},line={each.line},"
        f"title={_property(f'{each.code} {rules[each.code].title}')}::{_message(each.found)}\n"
        for each in report.findings
    )


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def gitlab(report: Report, rules: dict[str, Rule]) -> str:
    """Writes what GitLab shows beside a merge request: its code quality report."""
    issues = [
        {
            "description": f"{each['found']}; {each['mend']}",
            "check_name": each["code"],
            "fingerprint": each["fingerprint"],
            "severity": _GITLAB[Severity(each["severity"])],
            "location": {"path": each["path"], "lines": {"begin": each["line"]}},
        }
        for each in entries(report, rules)
    ]
    return msgspec.json.format(msgspec.json.encode(issues), indent=2).decode() + "\n"


def junit(report: Report, rules: dict[str, Rule]) -> str:
    """Writes a test case a finding, for servers that show those; one that passes where none is."""
    count = str(len(report.findings))
    suite = Element("testsuite", name="review", tests=count if report.findings else "1")
    suite.set("failures", count)
    for each in report.findings:
        name = f"{each.path}:{each.line} {each.code}"
        case = SubElement(suite, "testcase", classname=each.code, name=_printable(name))
        failure = SubElement(case, "failure", message=_printable(each.found))
        failure.text = _printable(rules[each.code].mend)
    if not report.findings:
        SubElement(suite, "testcase", classname="review", name="nothing was found")
    indent(suite)
    return tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """Takes out what no XML holds."""
    return "".join(each if each.isprintable() else "?" for each in text)
