"""`serve`: everything over HTTP, in one process or in several."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Sequence
from functools import partial
from threading import Thread
from typing import Any

from triptych.cli.screen import make_console
from triptych.cli.wiring import database_of, make_store
from triptych.domain.errors import Misconfigured
from triptych.infrastructure.configuration import Settings, read_settings
from triptych.infrastructure.logging import configure_logging, get_logger
from triptych.infrastructure.monitoring import counted_together, export_metrics
from triptych.infrastructure.optional import needs
from triptych.infrastructure.tracing import export_traces
from triptych.services.objects import Browser

_READY = 60.0


def serve(
    package: str,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
) -> None:
    """Serve everything over HTTP.

    Args:
        package: The package that has the `domain`.
        host: The address to listen on.
        port: The port to listen on.
        workers: How many processes answer.
    """
    options = {"host": host, "port": port, "workers": workers}
    serve_package(package, read_settings(options=options))


def serve_package(package: str, settings: Settings) -> None:
    """Serves an application until it is interrupted.

    Raises:
        MissingExtra: The HTTP server is not installed.
        Misconfigured: It cannot start.
    """
    uvicorn = needs("uvicorn", "http", "to serve")
    try:
        serve_ = _serve_alone if settings.workers == 1 else _serve_together
        is_served = serve_(uvicorn, package, settings)
    except SystemExit:
        is_served = False
    if not is_served:
        # The server has said why; how the program ends is said here.
        raise Misconfigured(f"{package} could not be served at {settings.host}:{settings.port}")


def make_application(package: str, settings: Settings) -> Any:
    """Makes what answers in one process.

    Raises:
        MissingExtra: The HTTP server is not installed.
        Misconfigured: A setting is wrong, or a service cannot be built.
    """
    application = needs("triptych.api.application", "http", "to serve")
    calling = needs("triptych.cli.calling", "http", "to serve")
    configure_logging(settings.log_level, is_json=settings.log_format == "json")
    if settings.telemetry:
        export_traces(settings.telemetry, package)
        export_metrics(settings.telemetry)
    store = make_store(package, settings)
    backend = calling.make_backend(store, settings)
    return application.Application(Browser(store, settings.largest_page), settings, backend)


def _config(uvicorn: Any, app: Any, settings: Settings, **more: Any) -> Any:
    connections = needs("triptych.api.connections", "http", "to serve")
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=connections.WholeAnswers,
        access_log=False,
        # Which proxies are believed is said by our settings, and nowhere else.
        proxy_headers=False,
        log_level="warning",
        server_header=False,
        h11_max_incomplete_event_size=settings.largest_headers,
        **more,
    )


def _serve_alone(uvicorn: Any, package: str, settings: Settings) -> bool:
    """Serves in this process; returns whether it came to that."""

    class Announcing(uvicorn.Server):  # type: ignore[misc]  # loaded when needed
        """Says where it listens once it does."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                _announce(package, settings, self.servers[0].sockets[0])

    app = make_application(package, settings)
    _warn(settings, app.backend.unsaid)
    server = Announcing(_config(uvicorn, app, settings))
    server.run()
    return bool(server.started)


def _serve_together(uvicorn: Any, package: str, settings: Settings) -> bool:
    """Serves in several processes behind one address; returns whether it came to that."""

    class Announcing(uvicorn.supervisors.Multiprocess):  # type: ignore[misc]  # loaded when needed
        """Says where they listen once all do."""

        def init_processes(self) -> None:
            super().init_processes()
            if all(each.wait_until_ready(_READY, self.should_exit) for each in self.processes):
                _announce(package, settings, self.sockets[0])

    _try_once(package, settings)
    work = partial(_work, package, settings)
    with counted_together():
        config = _config(uvicorn, work, settings, factory=True, workers=settings.workers)
        several = Announcing(config, [config.bind_socket()])
        several.run()
    failed = uvicorn.config.STARTUP_FAILURE
    return all(each.exitcode != failed for each in several.processes)


def _work(package: str, settings: Settings) -> Any:
    """Makes what one of several answers with; it ends when who has started it is gone."""
    Thread(target=_end_with_parent, daemon=True).start()
    return make_application(package, settings)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _try_once(package: str, settings: Settings) -> None:
    """Opens everything before several do: tables are made once, and what is wrong is said once.

    Raises:
        Misconfigured: The database lies in the memory of a process, which others do not see.
    """
    database = database_of(package, settings)
    if ":memory:" in database:
        raise Misconfigured(f"{database} is of one process alone; let one worker serve it")
    configure_logging(settings.log_level, is_json=settings.log_format == "json")
    calling = needs("triptych.cli.calling", "http", "to serve")
    backend = calling.make_backend(make_store(package, settings), settings)

    async def open_once() -> None:
        try:
            await backend.open()
        finally:
            await backend.close()

    asyncio.run(open_once())
    _warn(settings, backend.unsaid)


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
    if settings.workers > 1 and settings.limits_storage == "memory":
        log.warning("each worker counts limits for itself; let Redis count for all of them")


def _announce(package: str, settings: Settings, socket: Any) -> None:
    address = f"{settings.origin(socket.getsockname()[1])}/api/docs"
    by = f" by {settings.workers} workers" if settings.workers > 1 else ""
    console = make_console(stderr=True, soft_wrap=True)
    console.print(f"[bold]{package}[/] is served at {address}{by}  (stop with Ctrl-C)")
