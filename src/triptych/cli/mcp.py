"""`mcp`: the tools of agents, for the program that starts this one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter

from triptych.cli.calling import acting, caller
from triptych.cli.options import As, Flag
from triptych.domain.actor import read_actor
from triptych.infrastructure.optional import needs
from triptych.services.actions import Backend
from triptych.services.events import Relay


def mcp(
    package: str,
    *,
    write: Flag = False,
    agent: Annotated[str, Parameter(name="--agent")] = "",
    as_: As = "",
) -> None:
    """Let the agent that starts this ask and act, by the Model Context Protocol.

    It speaks over its standard input and output; people start `serve`, whose `/mcp` is the same.

    Args:
        package: The package that has the `domain`.
        write: Let it run actions; it may only read, ask and preview where this is not said.
        agent: Who the agent is, as `NAME:ROLE,ROLE`: it may do what both of them may.
        as_: For whom it acts, as `NAME:ROLE,ROLE`.
    """
    purpose = "to speak with agents"
    tools = needs("triptych.api.tools", "http", purpose)
    protocol = needs("triptych.api.mcp", "agents", purpose)
    actor = caller(as_).actor
    if agent:
        actor = replace(actor, agent=read_actor(agent))

    async def speak(backend: Backend) -> None:
        relay = Relay(backend)
        if write:
            relay.start()
        try:
            toolbox = tools.Toolbox(backend, can_write=write)
            await protocol.serve_terminal(backend, toolbox, tools.Asker(actor))
        finally:
            await relay.stop()

    acting(package, speak)
