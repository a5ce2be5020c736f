"""When memory is searched for garbage."""

from __future__ import annotations

import gc

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
