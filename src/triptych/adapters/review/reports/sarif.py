"""SARIF 2.1.0: the format in which code hosts take findings."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any
from urllib.parse import quote

import msgspec

from triptych.domain.review import Finding, Report, Rule, Severity, fingerprints

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_MOST = 5_000
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(report: Report, rules: dict[str, Rule]) -> str:
    """Writes a SARIF document: all rules, and the 5,000 worst findings, as hosts show no more."""
    order = list(Severity)
    marked = list(zip(report.findings, fingerprints(report.findings), strict=True))
    worst = sorted(marked, key=lambda each: order.index(each[0].severity))[:_MOST]
    codes = {code: number for number, code in enumerate(rules)}
    results = [_result(found, mark, codes, rules) for found, mark in worst]
    results += [
        _result(found, found.fingerprint(), codes, rules)
        | {"suppressions": [{"kind": "inSource", "justification": reason}]}
        for found, reason in report.suppressed
    ]
    left = len(marked) - len(worst)
    notes = [*report.notes, *([f"{left} findings more are not in this document"] if left else [])]
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(rules)},
                "results": results,
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {"level": "note", "message": {"text": note}} for note in notes
                        ],
                    }
                ],
                "columnKind": "unicodeCodePoints",
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _driver(rules: dict[str, Rule]) -> dict[str, Any]:
    return {
        "name": "triptych",
        "semanticVersion": version("triptych"),
        "rules": [
            {
                "id": each.code,
                "name": each.title.title().replace(" ", ""),
                "shortDescription": {"text": each.title},
                "help": {"text": each.mend},
                "defaultConfiguration": {"level": _LEVELS[each.severity]},
                "properties": {"tags": [each.axis.value]},
            }
            for each in rules.values()
        ],
    }


def _result(
    finding: Finding, mark: str, codes: dict[str, int], rules: dict[str, Rule]
) -> dict[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": codes[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.found}; {rules[finding.code].mend}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.path, errors="surrogateescape")},
                    "region": {"startLine": finding.line},
                }
            }
        ],
        "partialFingerprints": {"triptych/v1": mark},
    }
