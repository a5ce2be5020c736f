"""Signing in at a real provider, over real HTTP: codes, PKCE, tokens, keys that change."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx2
import oidc_provider_mock  # type: ignore[import-untyped]  # it says no types
import pytest
import uvicorn
from werkzeug.serving import make_server

from tests.fixtures.desk import fill
from triptych import Backend, open_store
from triptych.api.application import Application
from triptych.infrastructure.configuration import Settings
from triptych.services.objects import Browser

SUE = oidc_provider_mock.User(
    sub="sue", claims={"roles": ["staff"], "airline": {"codes": ["UA"]}, "name": "Sue"}
)


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Runs the provider; it is made to hold us to PKCE, which it does not by itself."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app: Any = oidc_provider_mock.app(user_claims=(SUE,))
    challenges: set[str] = set()

    def hold_to_pkce() -> Any:
        asked = flask.request
        if asked.path.endswith("/authorize"):
            challenges.add(asked.args["code_challenge"])
        elif asked.path.endswith("/token"):
            digest = hashlib.sha256(asked.form["code_verifier"].encode()).digest()
            made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            return None if made in challenges else ("no such challenge", 400)
        return None

    app.before_request(hold_to_pkce)
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()


class _Filled(Application):
    """Serves the desk, with traffic in it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                await fill(self.backend)
            await send(message)

        await super().__call__(scope, receive, sending)


@contextmanager
def served(folder: Path, issuer: str) -> Iterator[str]:
    """Serves the desk in a thread, on a port of its own."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    settings = Settings(
        issuer=issuer,
        audience="flights",
        client_id="flights",
        client_secret="hush",
        base_url=address,
        token_claims="carriers=airline.codes",
        sign_in_limit="1000/minute",
        environment="production",
    )
    store = open_store("flights", f"sqlite:///{folder}/desk.db")
    app = _Filled(Browser(store), settings, Backend(store, is_development=False))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield address
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def server(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("oidc"), provider) as address:
        yield address


def signed_in(browser: httpx2.Client, server: str, user: str = "sue", to: str = "/") -> Any:
    """Walks a browser through the provider and back."""
    away = browser.get(f"{server}/auth/sign-in", params={"to": to})
    assert away.status_code == 303
    asked = away.headers["location"]
    assert parse_qs(urlsplit(asked).query)["code_challenge_method"] == ["S256"]
    back = browser.post(asked, data={"sub": user})
    assert back.status_code in (302, 303), back.text
    return browser.get(back.headers["location"])


class TestBrowsers:
    def test_whoever_signs_in_is_who_the_provider_says(self, server: str) -> None:
        with httpx2.Client() as browser:
            landed = signed_in(browser, server, to="/api/flights?take=1")
            assert (landed.status_code, landed.headers["location"]) == (303, "/api/flights?take=1")
            cookie = landed.headers.get_list("set-cookie")[0]
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            who = browser.get(f"{server}/auth/session").json()
            assert who == {"actor": "sue", "roles": ["staff"]}

    def test_a_session_ends_at_once(self, server: str) -> None:
        with httpx2.Client() as browser:
            signed_in(browser, server)
            ticket = browser.cookies["triptych"]
            foreign = browser.post(
                f"{server}/auth/sign-out", headers={"origin": "https://evil.example"}
            )
            assert (foreign.status_code, foreign.json()["code"]) == (403, "cross-origin")
            assert browser.post(f"{server}/auth/sign-out").status_code == 403
            done = browser.post(f"{server}/auth/sign-out", headers={"origin": server})
            assert done.status_code == 200
        stolen = httpx2.get(f"{server}/auth/session", cookies={"triptych": ticket})
        assert (stolen.status_code, stolen.json()["code"]) == (401, "not-signed-in")

    def test_a_page_of_another_origin_does_nothing(self, server: str) -> None:
        with httpx2.Client() as browser:
            signed_in(browser, server)
            path, body = f"{server}/api/operations/waiting", {"origin": "JFK"}
            for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
                answer = browser.post(path, json=body, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "cross-origin")
            for headers in ({"origin": server}, {"sec-fetch-site": "same-origin"}):
                assert browser.post(path, json=body, headers=headers).status_code == 200

    @pytest.mark.parametrize("change", ["state", "code", "ticket", "again"])
    def test_a_sign_in_that_somebody_else_began_is_not_ended(
        self, server: str, change: str
    ) -> None:
        with httpx2.Client() as browser:
            asked = browser.get(f"{server}/auth/sign-in").headers["location"]
            back = browser.post(asked, data={"sub": "sue"}).headers["location"]
            if change == "state":
                back = re.sub(r"state=[^&]+", "state=forged", back)
            if change == "code":
                back = re.sub(r"code=[^&]+", "code=forged", back)
            if change == "ticket":
                browser.cookies.clear()
            if change == "again":
                kept = dict(browser.cookies)
                assert browser.get(back).status_code == 303
                browser.cookies.update(kept)
            answer = browser.get(back)
            assert answer.status_code == (503 if change == "code" else 401)
            assert "triptych=" not in answer.headers.get("set-cookie", "").replace("triptych=;", "")

    def test_where_a_browser_goes_then_is_of_this_server(self, server: str) -> None:
        for to in ("https://evil.example", "//evil.example", "/\\evil.example", "x"):
            with httpx2.Client() as browser:
                assert signed_in(browser, server, to=to).headers["location"] == "/"


def token_of(provider: str, client: str = "flights") -> str:
    """Takes a token as a service of its own would."""
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    redirect = "http://localhost/back"
    query = {
        "client_id": client,
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": redirect,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "state": "s",
        "nonce": "n",
    }
    with httpx2.Client() as browser:
        asked = f"{provider}/oauth2/authorize"
        back = browser.post(asked, params=query, data={"sub": "sue"}).headers["location"]
        given = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(back).query)["code"][0],
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        answer = browser.post(f"{provider}/oauth2/token", data=given, auth=(client, "hush"))
        return str(answer.json()["id_token"])


class TestTokens:
    def test_a_token_of_the_provider_is_believed(self, server: str, provider: str) -> None:
        headers = {"authorization": f"Bearer {token_of(provider)}"}
        who = httpx2.get(f"{server}/auth/session", headers=headers).json()
        assert who == {"actor": "sue", "roles": ["staff"]}
        crew = httpx2.get(f"{server}/api/crew-members?total=true", headers=headers).json()
        assert crew["total"] == 32
        assert httpx2.get(f"{server}/api/crew-members?total=true").json()["total"] == 0

    def test_a_token_for_others_is_nobodys(self, server: str, provider: str) -> None:
        headers = {"authorization": f"Bearer {token_of(provider, client='others')}"}
        assert httpx2.get(f"{server}/api/flights", headers=headers).status_code == 401

    def test_what_is_no_token_is_nobodys(self, server: str) -> None:
        for text in ("x.y.z", "eyJhbGciOiJub25lIn0.e30.", "tk_no"):
            answer = httpx2.get(
                f"{server}/api/flights", headers={"authorization": f"Bearer {text}"}
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
            assert answer.headers["www-authenticate"] == "Bearer"
