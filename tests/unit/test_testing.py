"""The test that every application gets finds what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.desk import open_desk
from triptych import Backend, read_ontology
from triptych.services.policies.matrix import May
from triptych.testing import PolicyCase, policy_cases
from triptych.testing.samples import sample


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[Backend, str]]:
    url = f"sqlite:///{tmp_path}/desk.db"
    async with open_desk(url) as backend:
        yield backend, url


CASES = {str(each): each for each in policy_cases("flights")}
WRONG = [
    ("anonymous read CrewMember by {}: none", May.ALL),
    ("dispatcher read CrewMember by {}: all", May.NONE),
    ("anonymous operations.depart by {}: none", May.ALL),
    ("dispatcher operations.depart by {}: all", May.NONE),
]


class TestCases:
    def test_everything_is_tried_as_everybody_in_every_way(self) -> None:
        ontology = read_ontology("flights")
        assert len(CASES) == (len(ontology.object_types) + 9) * 5 * 4

    @pytest.mark.parametrize("way", ["python", "http", "shell"])
    @pytest.mark.parametrize(("named", "may"), WRONG)
    async def test_what_is_so_passes_and_what_is_not_fails(
        self, desk: Any, way: str, named: str, may: May
    ) -> None:
        backend, url = desk
        case: PolicyCase = CASES[named.format(way)]
        await case.check(backend, url)
        with pytest.raises(AssertionError, match=case.role):
            await replace(case, may=may).check(backend, url)


class TestSamples:
    def test_every_type_of_the_library_has_one(self) -> None:
        for of in read_ontology("tests.fixtures.library").object_types:
            for each in of.properties:
                assert sample(each) is not None or each.is_optional
