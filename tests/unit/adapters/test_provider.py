"""A provider is asked once, again where a key is new, and never believed to be another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from triptych.adapters.identity.provider import Provider, fetch
from triptych.domain.errors import InvalidSettings, ProviderUnavailable

ISSUER = "https://id.example"
SAID = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}


class World:
    """The provider's side: what it answers, how often it was asked, and the time."""

    def __init__(self, **said: Any) -> None:
        self.said: dict[str, Any] = SAID | said
        self.ids = ["one"]
        self.asked: list[str] = []
        self.seconds = 0.0
        self.is_gone = False
        self.provider = Provider(ISSUER, self.fetch, lambda: self.seconds)

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.is_gone:
            raise ProviderUnavailable(url, "gone")
        if url.endswith("configuration"):
            return json.dumps(self.said).encode()
        made = [
            RSAKey.generate_key(2048, {"kid": each}).as_dict(private=False) for each in self.ids
        ]
        return json.dumps({"keys": made}).encode()

    async def ids_for(self, key_id: str | None) -> set[str]:
        return {str(each.kid) for each in (await self.provider.keys(key_id)).keys}


class TestKeys:
    async def test_they_are_asked_for_once(self) -> None:
        world = World()
        for _ in range(3):
            assert await world.ids_for("one") == {"one"}
        assert len(world.asked) == 2

    async def test_a_new_key_is_found_soon_and_not_asked_for_too_often(self) -> None:
        world = World()
        await world.ids_for("one")
        world.ids = ["two"]
        for seconds, found in ((1, {"one"}), (29, {"one"}), (31, {"two"}), (32, {"two"})):
            world.seconds = seconds
            assert await world.ids_for("two") == found
        assert len(world.asked) == 3

    async def test_they_are_asked_for_again_each_hour(self) -> None:
        world = World()
        await world.ids_for("one")
        world.seconds, world.ids = 3_601, ["one", "two"]
        assert await world.ids_for("one") == {"one", "two"}

    async def test_those_of_before_serve_while_the_provider_is_gone(self) -> None:
        world = World()
        await world.ids_for("one")
        world.seconds, world.is_gone = 3_601, True
        assert await world.ids_for("one") == {"one"}
        asked = len(world.asked)
        assert await world.ids_for("one") == {"one"}
        assert len(world.asked) == asked

    async def test_without_any_nobody_is_let_in(self) -> None:
        world = World()
        world.is_gone = True
        with pytest.raises(ProviderUnavailable):
            await world.provider.keys("one")


class TestMetadata:
    @pytest.mark.parametrize(
        "said",
        [
            {"issuer": "https://evil.example"},
            {"issuer": ""},
            {"jwks_uri": "http://evil.example/keys"},
            {"jwks_uri": "ftp://id.example/keys"},
            {"jwks_uri": ""},
        ],
    )
    async def test_who_says_to_be_another_is_not_believed(self, said: dict[str, str]) -> None:
        with pytest.raises(ProviderUnavailable, match="it says that it is"):
            await World(**said).provider.keys("one")

    @pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"keys": 7}', b'{"keys": [{}]}'])
    async def test_what_is_no_answer_is_told(self, body: bytes) -> None:
        async def answers(url: str) -> bytes:
            return json.dumps(SAID).encode() if url.endswith("configuration") else body

        with pytest.raises(ProviderUnavailable):
            await Provider(ISSUER, answers).keys("one")

    @pytest.mark.parametrize("issuer", ["http://id.example", "id.example", "ftp://x", "https://"])
    def test_an_address_that_anybody_may_answer_is_refused(self, issuer: str) -> None:
        with pytest.raises(InvalidSettings, match="no address that begins with https"):
            Provider(issuer)

    @pytest.mark.parametrize(
        "issuer", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"]
    )
    async def test_this_machine_may_be_asked_in_the_clear(self, issuer: str) -> None:
        with pytest.raises(ProviderUnavailable, match="ConnectError"):
            await Provider(issuer, fetch).metadata()
