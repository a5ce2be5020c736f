"""The findings that were there before: a file of a line each, which only ever shrinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.review import Finding, fingerprints


class Known(msgspec.Struct, frozen=True):
    """A finding that was there before.

    Attributes:
        fingerprint: What tells it from others.
        code: Its rule.
        path: Its file, for whoever reads the baseline.
        found: What was found.
        reason: Why it stays, if somebody has said so.
    """

    fingerprint: str
    code: str
    path: str
    found: str
    reason: str = ""


def read_baseline(file: Path) -> dict[str, Known]:
    """Reads a baseline; an empty one where there is no file.

    Raises:
        InvalidInput: A line of it is none.
    """
    try:
        lines = file.read_bytes().splitlines() if file.exists() else []
    except OSError as error:
        raise InvalidInput([Problem(str(file), str(error))]) from None
    found, problems = {}, []
    for number, line in enumerate(lines, start=1):
        try:
            each = msgspec.json.decode(line, type=Known)
            found[each.fingerprint] = each
        except msgspec.DecodeError as error:
            mend = "take the line out, or write the baseline anew"
            problems.append(Problem(f"{file}:{number}", str(error), mend))
    if problems:
        raise InvalidInput(problems)
    return found


def write_baseline(
    file: Path, findings: Sequence[Finding], before: Mapping[str, Known] | None
) -> tuple[int, int]:
    """Writes a baseline: all findings where there was none, else those of them that it knew.

    Args:
        file: Where.
        findings: All that was found now.
        before: What the baseline knew; `None` where there is none yet.

    Returns:
        How many it holds, and how many it held.
    """
    now = {
        mark: Known(mark, each.code, each.path, each.found)
        for each, mark in zip(findings, fingerprints(findings), strict=True)
    }
    if before is not None:
        now = {mark: before[mark] for mark in now if mark in before}
    lines = [msgspec.json.encode(each) for each in now.values()]
    file.write_bytes(b"".join(line + b"\n" for line in lines))
    return len(now), len(before or {})
