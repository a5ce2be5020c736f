"""Requests and answers as this server sees them: plain ASGI, nothing more than is needed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from starlette.middleware.cors import CORSMiddleware

from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.errors import InvalidInput, Problem

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = b"application/json"
PROBLEM = b"application/problem+json"
# Answers are data: no browser is to guess at them, frame them, run them, or tell where they were.
SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"private, no-cache"),
)


class Answer(msgspec.Struct, frozen=True):
    """What is sent back.

    Attributes:
        body: The content.
        status: The HTTP status.
        media_type: What the content is.
        headers: Further headers.

    Example:
        ```python
        from triptych.api.messages import Answer

        assert Answer(b"{}").status == 200
        ```
    """

    body: bytes
    status: int = 200
    media_type: bytes = JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Request(msgspec.Struct, frozen=True):
    """What is asked.

    Attributes:
        parts: The parts of the path, each decoded by itself.
        query: The raw query string.
        if_none_match: The versions that the caller has, or nothing.
        correlation: The id by which the request is found in logs.
        headers: By name, in small letters.
        client: The address that it comes from.
        body: The content.
        actor: Who calls.

    Example:
        ```python
        from triptych.api.messages import Request

        request = Request(("api", "flights"), b"take=5", b"", "me-1")
        assert request.pairs() == [("take", "5")]
        ```
    """

    parts: tuple[str, ...]
    query: bytes
    if_none_match: bytes
    correlation: str
    headers: Mapping[bytes, bytes] = {}
    client: str = ""
    body: bytes = b""
    actor: Actor = ANONYMOUS

    def pairs(self) -> list[tuple[str, str]]:
        """Reads the query string.

        Raises:
            InvalidInput: It is not UTF-8, or has too many parameters.
        """
        try:
            return parse_qsl(
                self.query.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=100,
            )
        except ValueError as error:
            raise InvalidInput(
                [Problem("query", str(error), "write it as UTF-8, percent-encoded")]
            ) from error


def shared(app: App, origins: str) -> App:
    """Lets pages of other origins read answers; of none where none is named.

    They are not let into the sessions of browsers: what they show, they show themselves.

    Args:
        app: What answers.
        origins: Such as `https://app.example`, between commas.
    """
    named = [each.strip() for each in origins.split(",") if each.strip()]
    if not named:
        return app
    wrapped: App = CORSMiddleware(
        app,
        allow_origins=named,
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=[
            "authorization",
            "content-type",
            "if-match",
            "if-none-match",
            "idempotency-key",
            "on-behalf-of",
            "x-correlation-id",
        ],
        expose_headers=["etag", "retry-after", "x-correlation-id"],
    )
    return wrapped


type Handler = Callable[[Request], Awaitable[Answer]]


def path_parts(scope: Scope) -> tuple[str, ...]:
    """Splits a path before it is decoded, so that an id may hold a slash.

    Raises:
        InvalidInput: It is not UTF-8.

    Example:
        ```python
        from triptych.api.messages import path_parts

        assert path_parts({"path": "/", "raw_path": b"/api/books/a%2Fb"}) == ("api", "books", "a/b")
        ```
    """
    raw = scope.get("raw_path") or scope["path"].encode()
    try:
        text = raw.partition(b"?")[0].decode("ascii")
        if "%" not in text:
            return tuple(text.split("/")[1:])
        return tuple(unquote(part, errors="strict") for part in text.split("/")[1:])
    except UnicodeDecodeError as error:
        raise InvalidInput(
            [Problem("path", str(error), "write it as UTF-8, percent-encoded")]
        ) from error


async def send_answer(
    send: Send, answer: Answer, correlation: bytes, *, is_head: bool = False
) -> None:
    """Sends an answer whole."""
    headers = [
        (b"content-type", answer.media_type),
        (b"content-length", b"%d" % len(answer.body)),
        (b"x-correlation-id", correlation),
        *SAFE_HEADERS,
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
