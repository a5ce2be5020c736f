"""Secrets: said, in a file, or in a keyring; and where a process runs."""

from __future__ import annotations

from pathlib import Path

import keyring
import keyring.backend
import pytest

from triptych.domain.errors import InvalidSettings
from triptych.infrastructure.configuration import Settings, secret_of


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # it says no types
        self.kept = {("triptych", "client"): "hush"}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class TestSecrets:
    def test_they_are_said_or_lie_in_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("hush\n")
        assert secret_of("client_secret", "hush") == "hush"
        assert secret_of("client_secret", f"file:{tmp_path}/secret") == "hush"

    def test_they_lie_in_a_keyring(self) -> None:
        before = keyring.get_keyring()
        keyring.set_keyring(Ring())
        try:
            assert secret_of("client_secret", "keyring:triptych/client") == "hush"
            with pytest.raises(InvalidSettings, match="the keyring has no triptych/other"):
                secret_of("client_secret", "keyring:triptych/other")
        finally:
            keyring.set_keyring(before)

    def test_what_cannot_be_read_is_not_told(self, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(b"\xff\xfehush")
        for name in ("secret", "lost"):
            with pytest.raises(InvalidSettings) as raised:
                secret_of("client_secret", f"file:{tmp_path}/{name}")
            assert "hush" not in str(raised.value)


class TestEnvironment:
    @pytest.mark.parametrize(
        ("host", "environment", "is_development"),
        [
            ("127.0.0.1", "", True),
            ("::1", "", True),
            ("localhost", "", True),
            ("0.0.0.0", "", False),
            ("flights.example", "", False),
            ("127.0.0.1", "production", False),
            ("0.0.0.0", "development", True),
        ],
    )
    def test_what_others_reach_is_no_development(
        self, host: str, environment: str, is_development: bool
    ) -> None:
        settings = Settings(host=host, environment=environment)  # type: ignore[arg-type]
        assert settings.is_development is is_development
