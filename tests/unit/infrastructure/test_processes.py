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
