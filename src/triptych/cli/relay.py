"""`relay`: delivers events, and serves nothing."""

from __future__ import annotations

import asyncio
import signal

from triptych.cli.calling import make_backend
from triptych.cli.screen import make_console
from triptych.cli.wiring import make_store
from triptych.infrastructure.configuration import Settings, read_settings
from triptych.infrastructure.logging import configure_logging
from triptych.services.events import Relay, patience_of


def relay(package: str) -> None:
    """Deliver events, bind the ledger's chain, and let go of what is over, until it is stopped.

    Args:
        package: The package that has the `domain`.
    """
    settings = read_settings()
    configure_logging(settings.log_level, is_json=settings.log_format == "json")
    asyncio.run(_deliver(package, settings))


async def _deliver(package: str, settings: Settings) -> None:
    backend = make_backend(make_store(package, settings), settings)
    await backend.open()
    stopped = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    working = Relay(backend, patience_of(settings))
    working.start()
    console = make_console(stderr=True)
    console.print(f"[bold]{package}[/] delivers its events  (stop with Ctrl-C)")
    try:
        await stopped.wait()
    finally:
        await working.stop()
        await backend.close()
