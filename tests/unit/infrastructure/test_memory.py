"""When memory is searched for garbage."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from triptych.infrastructure.memory import collected_later


class TestCollectedLater:
    def test_collects_again_after_an_error(self) -> None:
        with pytest.raises(LookupError), collected_later():
            raise LookupError
        assert gc.isenabled()

    def test_who_put_it_off_is_left_alone(self) -> None:
        gc.disable()
        try:
            with collected_later():
                pass
            assert not gc.isenabled()
        finally:
            gc.enable()


def test_what_is_left_at_the_end_is_not_looked_through() -> None:
    code = (
        "import atexit, gc; from triptych.infrastructure.memory import collect_seldom\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 0, gc.get_count()[2]))\n"
        "collect_seldom(); collect_seldom()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True 0\n"
