"""Variables of the environment that processes are told by."""

from __future__ import annotations

import os

import pytest

from triptych.infrastructure.environment import set_variable


class TestSetVariable:
    @pytest.mark.parametrize("before", [None, "", "blue"])
    def test_it_is_as_it_was_even_after_an_error(
        self, before: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if before is None:
            monkeypatch.delenv("SHOP_COLOUR", raising=False)
        else:
            monkeypatch.setenv("SHOP_COLOUR", before)
        with pytest.raises(LookupError), set_variable("SHOP_COLOUR", "red"):
            assert os.environ["SHOP_COLOUR"] == "red"
            raise LookupError
        assert os.environ.get("SHOP_COLOUR") == before
