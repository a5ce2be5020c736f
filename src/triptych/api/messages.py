"""Requests and answers as this server sees them: plain ASGI, nothing more than is needed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from triptych.domain.actor import ANONYMOUS, Actor
from triptych.domain.errors import InvalidInput, Problem

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]

JSON = b"application/json"
PROBLEM = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Answer:
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


@dataclass(frozen=True, slots=True)
class Request:
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
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
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
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
