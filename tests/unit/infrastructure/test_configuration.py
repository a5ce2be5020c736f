"""Settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from triptych.domain.errors import InvalidSettings, MissingExtra
from triptych.infrastructure.configuration import Settings, documented_settings, read_settings
from triptych.infrastructure.optional import needs


class TestSettings:
    def test_nothing_said_is_the_default(self) -> None:
        assert read_settings({}, file=None) == Settings()

    def test_the_environment_wins_over_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "triptych.toml"
        file.write_text('port = 1\nhost = "0.0.0.0"\n')
        found = read_settings({"TRIPTYCH_PORT": "2"}, file)
        assert (found.port, found.host) == (2, "0.0.0.0")

    def test_an_option_wins_over_both_and_is_checked(self, tmp_path: Path) -> None:
        file = tmp_path / "triptych.toml"
        file.write_text("port = 1\n")
        said = {"port": 3, "host": None}
        found = read_settings({"TRIPTYCH_PORT": "2"}, file, said)
        assert (found.port, found.host) == (3, Settings().host)
        with pytest.raises(InvalidSettings, match="--port"):
            read_settings({}, file, {"port": 65_536})

    def test_a_file_need_not_be_there(self, tmp_path: Path) -> None:
        assert read_settings({}, tmp_path / "no.toml") == Settings()

    def test_all_problems_are_told_at_once(self, tmp_path: Path) -> None:
        file = tmp_path / "triptych.toml"
        file.write_text('colour = "red"\nlog_level = "loud"\n')
        with pytest.raises(InvalidSettings) as caught:
            read_settings({"TRIPTYCH_PORT": "high", "TRIPTYCH_LARGEST_PAGE": "0"}, file)
        places = [each.where for each in caught.value.problems]
        assert places == [
            f"{file}: colour",
            f"{file}: log_level",
            "TRIPTYCH_PORT",
            "TRIPTYCH_LARGEST_PAGE",
        ]

    def test_a_file_that_is_no_toml_is_told(self, tmp_path: Path) -> None:
        file = tmp_path / "triptych.toml"
        file.write_text("port = = 1")
        with pytest.raises(InvalidSettings, match=r"triptych\.toml"):
            read_settings({}, file)

    def test_every_setting_is_documented(self) -> None:
        for name, _, about in documented_settings():
            assert name.startswith("TRIPTYCH_")
            assert about.endswith(".")


class TestNeeds:
    def test_a_part_that_is_not_installed_is_told_with_its_extra(self) -> None:
        with pytest.raises(MissingExtra, match=r"to fly, install the extra: .*triptych\[wings\]"):
            needs("no_such_module", "wings", "to fly")

    def test_a_mistake_of_ours_is_not_hidden(self) -> None:
        with pytest.raises(ModuleNotFoundError):
            needs("triptych.no_such_module", "wings", "to fly")
