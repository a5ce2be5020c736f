"""The Model Context Protocol: how agents find our tools and call them.

Importing this takes more than a second; it is done when the first agent asks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from triptych import __version__
from triptych.api.messages import Receive, Scope, Send
from triptych.api.problems import problem_document, status_of
from triptych.api.tools import Asker, Toolbox
from triptych.domain.errors import TriptychError
from triptych.infrastructure.logging import get_logger

_log = get_logger("triptych.mcp")


def make_server(name: str, toolbox: Toolbox, asker: Asker | None = None) -> Server[Any]:
    """Makes the server of the protocol.

    Args:
        name: What clients call it.
        toolbox: Answers the tools.
        asker: Who asks; where it is `None`, whoever stands in the state of the HTTP request.

    Example:
        ```python
        from triptych import Actor, Backend, open_store
        from triptych.api.backend_tools import BackendTools
        from triptych.api.mcp import make_server
        from triptych.api.tools import Asker

        backend = Backend(open_store("flights", "sqlite:///:memory:"))
        server = make_server("flights", BackendTools(backend), Asker(Actor("ada")))
        assert server.name == "flights"
        ```
    """

    async def list_tools(_: Any, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(
            tools=[
                Tool(
                    name=each.name,
                    description=each.about,
                    input_schema=dict(each.schema),
                    annotations=ToolAnnotations(
                        read_only_hint=each.is_reading, open_world_hint=False
                    ),
                )
                for each in toolbox.tools
            ]
        )

    async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
        by: Asker = asker or context.request.state.asker
        is_error = False
        try:
            found = await toolbox.call(params.name, params.arguments or {}, by)
        except TriptychError as error:
            is_error, found = True, _refusal(toolbox, error, by)
        except Exception:  # noqa: BLE001 - the last line: it is logged, and the caller is told
            _log.exception("failed", tool=params.name, correlation_id=by.correlation)
            detail = "an unexpected error; look for the correlation id in the logs"
            told = {"code": "unexpected", "detail": detail, "correlation_id": by.correlation}
            is_error, found = True, msgspec.json.encode(told).decode()
        return CallToolResult(content=[TextContent(text=found)], is_error=is_error)

    return Server(
        name,
        version=__version__,
        instructions=toolbox.instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _refusal(toolbox: Toolbox, error: TriptychError, by: Asker) -> str:
    """Tells of a refusal as every other way in does: as far as the caller may see."""
    told = toolbox.told(error, by)
    if status_of(told) >= 500:
        _log.error("failed", code=told.code, detail=str(told), correlation_id=by.correlation)
    document = problem_document(told, status_of(told), by.correlation)
    return msgspec.json.encode(
        {name: each for name, each in document.items() if name != "type"}
    ).decode()


async def serve_terminal(name: str, toolbox: Toolbox, asker: Asker) -> None:
    """Speaks to the program that has started this one, until it hangs up."""
    server = make_server(name, toolbox, asker)
    async with stdio_server() as (receiving, sending):
        await server.run(receiving, sending, server.create_initialization_options())


@asynccontextmanager
async def answering(
    name: str, toolbox: Toolbox, most: int
) -> AsyncIterator[Callable[[Scope, Receive, Send], Any]]:
    """Answers over HTTP while the block runs: each request for itself, as JSON.

    Args:
        name: What clients call it.
        toolbox: Answers the tools.
        most: The largest body of a request, in bytes.
    """
    manager = StreamableHTTPSessionManager(
        make_server(name, toolbox),
        json_response=True,
        stateless=True,
        max_request_body_size=max(most, 1),
    )
    async with manager.run():
        yield manager.handle_request
