"""Reports as pages: Markdown for a merge request, one file of HTML for everybody else."""

from __future__ import annotations

from collections import defaultdict
from html import escape

from triptych.adapters.review.reports.picture import mermaid, svg
from triptych.domain.review import Finding, Report, Rule

_MOST = 200
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } td, th { padding: .3rem .6rem; text-align: left;
border-bottom: 1px solid #8884; vertical-align: top; } code { font-size: .9em; }
.error { color: #c0392b; } .warning { color: #b9770e; } .info { color: #5a6478; }
svg { max-width: 44rem; width: 100%; background: #fff; border-radius: 8px; }
.whole { font-size: 2.4rem; font-weight: 700; }
"""


def _by_rule(report: Report) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = defaultdict(list)
    for each in report.findings:
        found[each.code].append(each)
    return found


def markdown(report: Report, rules: dict[str, Rule]) -> str:
    """Writes a page that code hosts show."""
    lines = [f"# {report.score.whole} of 100", "", report.headline(), ""]
    lines += [f"> {note}\n" for note in report.notes]
    if report.arrows:
        lines += ["```mermaid", mermaid(report, rules).rstrip(), "```", ""]
    for code, found in _by_rule(report).items():
        rule = rules[code]
        lines += [f"## {code}: {rule.title}", "", f"{rule.mend[:1].upper()}{rule.mend[1:]}.", ""]
        lines += [f"- `{each.path}:{each.line}` {_plain(each.found)}" for each in found[:_MOST]]
        if len(found) > _MOST:
            lines.append(f"- and {len(found) - _MOST} more")
        lines.append("")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Takes out what Markdown would read as its own."""
    return "".join(f"\\{each}" if each in "\\`*_<>[]|" else each for each in text)


def html(report: Report, rules: dict[str, Rule]) -> str:
    """Writes one file that needs nothing else."""
    notes = "".join(f"<p><em>{escape(note)}</em></p>" for note in report.notes)
    parts = [_section(rules[code], found) for code, found in _by_rule(report).items()]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{report.score.whole} of 100</title><style>{_STYLE}</style></head><body>"
        f'<p class="whole">{report.score.whole} of 100</p><p>{escape(report.headline())}</p>'
        f"{notes}{svg(report, rules)}{_scores(report)}{''.join(parts)}</body></html>\n"
    )


def _scores(report: Report) -> str:
    axes = sorted({axis for of in report.score.axes.values() for axis in of})
    head = "".join(f"<th>{escape(each)}</th>" for each in ("layer", "score", *axes))
    rows = [
        f"<tr><th>{escape(layer)}</th><td>{report.score.layers[layer]}</td>"
        + "".join(f"<td>{of.get(axis, '')}</td>" for axis in axes)
        + "</tr>"
        for layer, of in report.score.axes.items()
    ]
    return f"<h2>Scores</h2><table><tr>{head}</tr>{''.join(rows)}</table>"


def _section(rule: Rule, found: list[Finding]) -> str:
    rows = [
        f'<tr><td class="{each.severity}">{each.severity}</td>'
        f"<td><code>{escape(each.path)}:{each.line}</code></td><td>{escape(each.found)}</td></tr>"
        for each in found[:_MOST]
    ]
    more = f"<p>and {len(found) - _MOST} more</p>" if len(found) > _MOST else ""
    return (
        f"<h2>{rule.code}: {escape(rule.title)}</h2><p>{escape(rule.mend)}</p>"
        f"<table>{''.join(rows)}</table>{more}"
    )
