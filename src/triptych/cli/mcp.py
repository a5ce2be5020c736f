"""`mcp`: the tools of agents, for the program that starts this one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from triptych.cli.calling import acting, caller
from triptych.cli.options import As, Flag
from triptych.domain.actor import SYSTEM, read_actor
from triptych.infrastructure.optional import needs
from triptych.services.actions import Backend
from triptych.services.events import Relay

_PURPOSE = "to speak with agents"


def mcp(
    package: str = "",
    *,
    write: Flag = False,
    agent: Annotated[str, Parameter(name="--agent")] = "",
    as_: As = "",
) -> None:
    """Let the agent that starts this ask and act, by the Model Context Protocol.

    It speaks over its standard input and output; people start `serve`, whose `/mcp` is the same.
    Without a package, it lets a coding agent work on the project of this folder: place, review,
    add, improve, verify.

    Args:
        package: The package that has the `domain`.
        write: Let it run actions, or change the project; it may only look where this is not said.
        agent: Who the agent is, as `NAME:ROLE,ROLE`: it may do what both of them may.
        as_: For whom it acts, as `NAME:ROLE,ROLE`.
    """
    tools = needs("triptych.api.tools", "http", _PURPOSE)
    protocol = needs("triptych.api.mcp", "agents", _PURPOSE)
    if not package:
        bench = needs("triptych.api.workbench_tools", "agents", _PURPOSE)
        toolbox = bench.WorkbenchTools(Path.cwd(), can_write=write)
        asyncio.run(protocol.serve_terminal("triptych", toolbox, tools.Asker(SYSTEM)))
        return
    backend_tools = needs("triptych.api.backend_tools", "http", _PURPOSE)
    actor = caller(as_).actor
    if agent:
        actor = replace(actor, agent=read_actor(agent))

    async def speak(backend: Backend) -> None:
        relay = Relay(backend)
        if write:
            relay.start()
        try:
            toolbox = backend_tools.BackendTools(backend, can_write=write)
            await protocol.serve_terminal(package, toolbox, tools.Asker(actor))
        finally:
            await relay.stop()

    acting(package, speak)
