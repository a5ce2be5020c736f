"""Who shows a token is who the provider says, or nobody."""

from __future__ import annotations

import pytest
from joserfc.jwk import KeySet

from tests.unit.adapters.test_tokens import KEYS, NOW, RULES, token
from triptych.adapters.identity.provider import Provider
from triptych.domain.errors import NotSignedIn
from triptych.infrastructure.configuration import Settings
from triptych.services.identity.tokens import Tokens, rules_of


class Known(Provider):
    """A provider whose keys are known."""

    async def keys(self, key_id: str | None) -> KeySet:
        return KEYS


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(Known("https://id.example"), RULES, lambda: NOW)


class TestTokens:
    async def test_a_good_one_names_who_calls(self, tokens: Tokens) -> None:
        sue = await tokens.actor_of(token(roles=["staff"]))
        assert sue.id == "sue"
        assert sue.has_role("staff")

    async def test_one_that_answers_a_sign_in_is_for_the_client(self, tokens: Tokens) -> None:
        good = token(aud="client", nonce="n")
        assert (await tokens.actor_of(good, audience="client", nonce="n")).id == "sue"
        for audience, nonce in ((None, "n"), ("other", "n"), ("client", "m")):
            with pytest.raises(NotSignedIn):
                await tokens.actor_of(good, audience=audience, nonce=nonce)

    @pytest.mark.parametrize("text", ["", "x", token(exp=NOW - 999), token(sub="system")])
    async def test_a_bad_one_is_nobodys(self, tokens: Tokens, text: str) -> None:
        with pytest.raises(NotSignedIn):
            await tokens.actor_of(text)

    def test_the_settings_say_what_is_believed(self) -> None:
        said = rules_of(Settings(issuer="i", audience="a", token_claims="carriers=x.y, desk"))
        assert said.claims == {"carriers": "x.y", "desk": "desk"}
        assert rules_of(Settings(issuer="i", audience="a")).claims == {}
