"""Structured logs: one line an event, with the id of the request it belongs to."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, TextIO, cast

import msgspec

LEVELS = ("debug", "info", "warning", "error")
_encode = msgspec.json.Encoder().encode


def configure_logging(level: str, *, is_json: bool) -> None:
    """Writes logs to the standard error, as JSON for machines or in colour for people.

    Args:
        level: The least that is written, one of `LEVELS`.
        is_json: Whether each line is a JSON document.
    """
    structlog = _structlog()
    _written.is_json = is_json
    _written.is_verbose = level in ("debug", "info")
    # Tracebacks are plain: the values of variables may be secrets.
    console = structlog.dev.ConsoleRenderer(
        # review: ignore[CFG001] it is no setting of ours: terminals and programs agree on it
        colors=sys.stderr.isatty() and not os.environ.get("NO_COLOR"),
        exception_formatter=structlog.dev.plain_traceback,
    )
    render: Any = _render_json if is_json else console
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if is_json else []),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=(
            structlog.BytesLoggerFactory(file=cast(BinaryIO, _StandardError()))
            if is_json
            else structlog.PrintLoggerFactory(file=cast(TextIO, _StandardError()))
        ),
        cache_logger_on_first_use=True,
    )


class RequestLog:
    """Writes one line a request.

    Machines get JSON without a detour: it is the one line that is written all the time.
    """

    def __init__(self) -> None:
        self._logger = get_logger("triptych.http")
        self._lines: list[bytes] = []

    def write(self, **event: Any) -> None:
        """Writes what is known of a request; lines of one turn of the event loop go together."""
        if not _written.is_json:
            self._logger.info("request", **event)
        elif _written.is_verbose:
            event |= {"event": "request", "level": "info", "timestamp": datetime.now(UTC)}
            if not self._lines:
                asyncio.get_running_loop().call_soon(self._flush)
            self._lines.append(_encode(event))

    def _flush(self) -> None:
        lines, self._lines = self._lines, []
        sys.stderr.buffer.write(b"\n".join([*lines, b""]))
        sys.stderr.buffer.flush()


@dataclass(slots=True)
class _Written:
    """How logs are written in this process."""

    is_json: bool = False
    is_verbose: bool = True


_written = _Written()


def _structlog() -> Any:
    # Loaded with the first line that is written: most programs begin and end without one.
    return importlib.import_module("structlog")


class _StandardError:
    """The standard error as it is when something is written: it may be another one by then."""

    def write(self, written: str | bytes) -> None:
        if isinstance(written, bytes):
            sys.stderr.buffer.write(written)
        else:
            sys.stderr.write(written)

    def flush(self) -> None:
        sys.stderr.flush()


def _render_json(_: Any, __: str, event: Any) -> bytes:
    return msgspec.json.encode(event, enc_hook=repr)


def get_logger(name: str) -> Any:
    """Returns a logger; what it writes carries the correlation id of the request.

    Example:
        ```python
        from triptych.infrastructure.logging import get_logger

        get_logger("example").debug("looked", at="the sky")
        ```
    """
    return _Logger(name)


@dataclass(frozen=True, slots=True)
class _Logger:
    name: str

    def __getattr__(self, method: str) -> Any:
        return getattr(_structlog().get_logger(self.name), method)
