"""`serve`: everything over HTTP, in one process."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from triptych.adapters.objects.sql import SqlStore
from triptych.cli.screen import make_console
from triptych.cli.wiring import make_store
from triptych.domain.errors import Misconfigured
from triptych.infrastructure.configuration import Settings, read_settings
from triptych.infrastructure.logging import configure_logging, get_logger
from triptych.infrastructure.monitoring import export_metrics
from triptych.infrastructure.optional import needs
from triptych.infrastructure.tracing import export_traces
from triptych.services.objects import Browser


def serve(package: str, *, host: str | None = None, port: int | None = None) -> None:
    """Serve everything over HTTP.

    Args:
        package: The package that has the `domain`.
        host: The address to listen on.
        port: The port to listen on.
    """
    said: dict[str, Any] = {"host": host, "port": port}
    settings = dataclasses.replace(
        read_settings(), **{name: value for name, value in said.items() if value is not None}
    )
    serve_store(package, make_store(package, settings), settings)


def serve_store(package: str, store: SqlStore, settings: Settings) -> None:
    """Serves a store until it is interrupted.

    Raises:
        MissingExtra: The HTTP server is not installed.
        Misconfigured: It cannot start.
    """
    uvicorn = needs("uvicorn", "http", "to serve")
    application = needs("triptych.api.application", "http", "to serve")
    connections = needs("triptych.api.connections", "http", "to serve")
    configure_logging(settings.log_level, is_json=settings.log_format == "json")
    if settings.telemetry:
        export_traces(settings.telemetry, package)
        export_metrics(settings.telemetry)
    calling = needs("triptych.cli.calling", "http", "to serve")
    backend = calling.make_backend(store, settings)
    _warn(settings, backend.unsaid)
    app = application.Application(Browser(store, settings.largest_page), settings, backend)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=connections.WholeAnswers,
        access_log=False,
        log_level="warning",
        server_header=False,
        h11_max_incomplete_event_size=settings.largest_headers,
    )
    server = _announcing(uvicorn, package, settings)(config)
    try:
        server.run()
    except SystemExit as error:
        # The server has said why; how the program ends is said here.
        reason = f"{package} could not be served at {settings.host}:{settings.port}"
        raise Misconfigured(reason) from error


def _warn(settings: Settings, unsaid: Sequence[str]) -> None:
    """Warns of what is only fit for whoever develops."""
    log = get_logger("triptych.serve")
    if settings.actor and settings.is_development:
        log.warning("whoever calls from this machine without a key acts as", actor=settings.actor)
    elif settings.actor:
        log.warning("nobody acts without showing who they are", ignored=settings.actor)
    if unsaid:
        about = ", ".join(unsaid)
        log.warning("no policy says who may read or do this, so everybody may", about=about)


def _announcing(uvicorn: Any, package: str, settings: Settings) -> Any:
    class Announcing(uvicorn.Server):  # type: ignore[misc]  # loaded when needed
        """Says where it listens once it does."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if not self.started:
                return
            port = self.servers[0].sockets[0].getsockname()[1]
            address = f"{settings.origin(port)}/api/docs"
            console = make_console(stderr=True)
            console.print(f"[bold]{package}[/] is served at {address}  (stop with Ctrl-C)")

    return Announcing
