"""Tokens: what is forged, borrowed, over or too early is not good."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from triptych.adapters.identity.tokens import BadToken, TokenRules, actor_in, key_id, verified

NOW = 1_800_000_000
RULES = TokenRules(issuer="https://id.example", audience="flights")
OURS = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "two"})
THEIRS = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = KeySet.import_key_set({"keys": [each.as_dict(private=False) for each in (OURS, CURVE)]})
GOOD = {"iss": RULES.issuer, "aud": "flights", "sub": "sue", "exp": NOW + 60, "iat": NOW}


def token(key: Any = OURS, alg: str = "RS256", kid: str | None = "one", **more: Any) -> str:
    claims = {name: value for name, value in (GOOD | more).items() if value is not None}
    header: dict[str, Any] = {"alg": alg} | ({"kid": kid} if kid else {})
    return jwt.encode(header, claims, key, algorithms=[alg])


def unsigned(alg: str, **more: Any) -> str:
    parts = [{"alg": alg, "kid": "one"}, GOOD | more]
    encoded = [base64.urlsafe_b64encode(json.dumps(e).encode()).rstrip(b"=") for e in parts]
    return b".".join([*encoded, b""]).decode()


def confused() -> str:
    """Signs with the provider's public key, as if it were a shared secret."""
    body = unsigned("HS256").rstrip(".")
    signature = hmac.digest(OURS.as_pem(private=False), body.encode(), "sha256")
    return f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


class TestGood:
    @pytest.mark.parametrize(
        "good",
        [
            token(),
            token(CURVE, "ES256", "two"),
            token(aud=["others", "flights"]),
            token(exp=NOW - 30),
            token(nbf=NOW + 30),
            token(OURS, "PS256"),
        ],
    )
    def test_what_the_provider_signed_for_us_is_believed(self, good: str) -> None:
        assert verified(good, KEYS, RULES, NOW)["sub"] == "sue"

    def test_its_key_is_named_before_anything_is_believed(self) -> None:
        assert key_id(token()) == "one"
        assert key_id(unsigned("none")) == "one"


class TestForged:
    @pytest.mark.parametrize(
        "bad",
        [
            unsigned("none"),
            unsigned("None"),
            unsigned("RS256"),
            token(THEIRS),
            confused(),
            token(OctKey.import_key("x" * 32), "HS512", None),
            token()[:-4] + "AAAA",
            token(iss="https://evil.example"),
            token(iss=RULES.issuer + "/"),
            token(iss=None),
            token(aud="others"),
            token(aud=["others"]),
            token(aud=None),
            token(aud={"flights": 1}),
            token(exp=NOW - 61),
            token(exp=None),
            token(exp="soon"),
            token(nbf=NOW + 61),
            token(iat=NOW + 61),
            token(sub=None),
            token(sub=7),
            token(kid="three"),
            "tokentoken",
            "a.b",
            "",
        ],
    )
    def test_it_is_not_good(self, bad: str) -> None:
        with pytest.raises(BadToken):
            verified(bad, KEYS, RULES, NOW)

    def test_one_that_answers_another_sign_in_is_not_good(self) -> None:
        assert verified(token(nonce="n"), KEYS, RULES, NOW, "n")
        for other in (token(nonce="m"), token()):
            with pytest.raises(BadToken, match="another sign-in"):
                verified(other, KEYS, RULES, NOW, "n")

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "é.é.é", "." * 20_000])
    def test_what_is_no_token_has_no_key(self, text: str) -> None:
        with pytest.raises(BadToken):
            key_id(text)


class TestActors:
    def test_roles_and_claims_lie_where_the_settings_say(self) -> None:
        rules = TokenRules(
            issuer="i",
            audience="a",
            name="email",
            roles="realm_access.roles",
            claims={"carriers": "https://x.example/airlines", "desk": "desk", "none": "none"},
        )
        claims = {
            "email": "sue@x.example",
            "realm_access": {"roles": ["staff", "handler", 7, {"a": 1}]},
            "https://x.example/airlines": ["UA", "DL"],
            "desk": 7,
        }
        sue = actor_in(claims, rules)
        assert sue.id == "sue@x.example"
        assert sue.roles == {"staff", "7"}
        assert dict(sue.claims) == {"carriers": ("UA", "DL"), "desk": (7,)}

    def test_who_acts_for_somebody_is_their_agent(self) -> None:
        claims = {"sub": "sue", "roles": ["staff"], "act": {"sub": "bot", "roles": "reader"}}
        sue = actor_in(claims, RULES)
        assert str(sue) == "sue by bot"
        assert sue.agent is not None
        assert sue.agent.roles == {"reader"}

    @pytest.mark.parametrize(
        "claims",
        [
            {},
            {"sub": ""},
            {"sub": " "},
            {"sub": 7},
            {"sub": "system"},
            {"sub": "anonymous"},
            {"sub": "handler:Notices.tell"},
            {"sub": "sue", "act": {"sub": "system"}},
            {"sub": "sue", "roles": ["x"] * 1_001},
        ],
    )
    def test_nobody_is_what_only_the_application_is(self, claims: dict[str, Any]) -> None:
        with pytest.raises(BadToken):
            actor_in(claims, RULES)
