"""Structured logs: one line an event, with the id of the request it belongs to."""

from __future__ import annotations

import logging
import sys
from typing import Any

import msgspec
import structlog

LEVELS = ("debug", "info", "warning", "error")


def configure_logging(level: str, *, is_json: bool) -> None:
    """Writes logs to the standard error, as JSON for machines or in colour for people.

    Args:
        level: The least that is written, one of `LEVELS`.
        is_json: Whether each line is a JSON document.
    """
    # Tracebacks are plain: the values of variables may be secrets.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
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
        logger_factory=_bytes() if is_json else structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def _bytes() -> Any:
    return structlog.BytesLoggerFactory(file=sys.stderr.buffer)


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
    return structlog.get_logger(name)
