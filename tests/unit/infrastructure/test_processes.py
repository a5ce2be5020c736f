"""Processes of Python beside this one."""

from __future__ import annotations

import os

import pytest

from triptych.infrastructure.processes import ProcessPool


class TestProcessPool:
    @pytest.mark.parametrize("method", ["spawn", "forkserver"])
    def test_it_calls_functions_in_processes_that_leave_the_folder_alone(self, method: str) -> None:
        with ProcessPool(1, method) as pool:
            assert pool.submit(os.getpid).result() != os.getpid()
            assert pool.submit(os.getenv, "PYTHONSAFEPATH").result() == "1"

    @pytest.mark.parametrize("before", [None, "", "yes"])
    def test_what_was_said_before_is_as_it_was(
        self, before: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if before is None:
            monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
        else:
            monkeypatch.setenv("PYTHONSAFEPATH", before)
        with ProcessPool(1, "spawn"):
            assert os.environ.get("PYTHONSAFEPATH") == before
