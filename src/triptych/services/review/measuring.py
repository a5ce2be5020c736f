"""Measuring a project: what only running it can tell, where that is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from triptych.adapters.review.git import Git
from triptych.adapters.review.measuring import (
    measure_docs,
    measure_examples,
    measure_lint,
    measure_tests,
    measure_types,
)
from triptych.domain.review import Measured, Tier
from triptych.services.review.project import ReviewedProject


def measure(project: ReviewedProject, tiers: Collection[Tier], since: str = "") -> Measured:
    """Runs what a project is checked by: its code is imported, and run.

    Args:
        project: The project.
        tiers: What is to be run.
        since: A commit or a branch: only lines that are new since work left it are asked about.

    Raises:
        InvalidInput: Something that is needed is not installed; or there is no such commit.
    """
    return asyncio.run(_measure(project, tiers, since))


async def _measure(project: ReviewedProject, tiers: Collection[Tier], since: str) -> Measured:
    found, sources = Measured(), project.settings.src or ("src",)
    if Tier.LINT in tiers:
        found = await measure_lint(project.folder, sources)
    if Tier.TYPES in tiers:
        types = await measure_types(project.folder, sources)
        found = replace(found, mistakes=types.mistakes)
    if Tier.TESTS in tiers:
        tests = await measure_tests(project.folder)
        found = replace(found, coverage=tests.coverage, failed=tests.failed)
    if Tier.DOCS in tiers:
        examples = await measure_examples(project.folder, project.shown())
        broken = (await measure_docs(project.folder)).broken
        found = replace(found, broken=broken, examples=examples.examples)
    if since:
        found = found.within(await asyncio.to_thread(_new_lines, project, since))
    return found


def _new_lines(project: ReviewedProject, since: str) -> dict[str, frozenset[int]]:
    return Git(project.folder).lines(since)
