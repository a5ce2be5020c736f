"""Agents and the installed program: a real client that starts it, or calls it over HTTP."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from tests.conftest import EXAMPLE
from tests.e2e.test_server import PROGRAM, run, serve

TOOLS = ["describe", "search", "get", "links", "preview", "run", "why"]


def told(result: CallToolResult) -> Any:
    """Reads the JSON that a tool has answered."""
    return json.loads(getattr(result.content[0], "text"))  # noqa: B009 - one of several contents


def started(folder: Path, *words: str) -> StdioServerParameters:
    """Says how the program is started."""
    return StdioServerParameters(
        command=str(PROGRAM),
        args=["mcp", "flights", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(EXAMPLE)},
    )


async def test_a_client_that_starts_it_reads_and_then_acts(tmp_path: Path) -> None:
    given = {"action": "operations.waiting", "arguments": {"origin": "JFK"}}
    async with Client(stdio_client(started(tmp_path, "--as", "ada:dispatcher"))) as client:
        assert [each.name for each in (await client.list_tools()).tools] == TOOLS
        assert told(await client.call_tool("run", given))["code"] == "missing"
        missing = {"flight": "00000000-0000-0000-0000-000000000001", "reason": "snow"}
        act = {"action": "operations.cancel", "arguments": missing}
        assert told(await client.call_tool("run", act))["code"] == "only-reads"
    writing = started(tmp_path, "--as", "ada:dispatcher", "--agent", "bot", "--write")
    async with Client(stdio_client(writing)) as client:
        overview = told(await client.call_tool("describe", {}))
        assert (overview["you"], overview["granted"]) == ("ada by bot", "actions may be run")
        assert "actions" not in overview


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_calls_what_is_served(tmp_path: Path, mode: Any) -> None:
    served = serve(tmp_path)
    try:
        async with (
            httpx2.AsyncClient(timeout=30) as http,
            Client(
                streamable_http_client(f"{served.url}/mcp", http_client=http), mode=mode
            ) as client,
        ):
            overview = told(await client.call_tool("describe", {}))
            assert overview["you"] == "ada"
            assert "operations.postpone" in overview["actions"]
            found = told(await client.call_tool("search", {"type": "Airport"}))
            assert found == {"items": [], "next": None}
    finally:
        assert served.stop() == 130
    assert '"path":"/mcp"' in served.log.read_text()


def test_a_person_who_starts_it_is_told_what_it_is_for(tmp_path: Path) -> None:
    shown = run("mcp", "--help", folder=tmp_path)
    assert shown.returncode == 0
    assert "Model Context Protocol" in shown.stdout


async def test_a_coding_agent_works_on_the_project_of_its_folder(tmp_path: Path) -> None:
    assert run("new", "shop", folder=tmp_path).returncode == 0
    started_ = StdioServerParameters(
        command=str(PROGRAM), args=["mcp"], cwd=tmp_path / "shop", env=dict(os.environ)
    )
    async with Client(stdio_client(started_)) as client:
        names = [each.name for each in (await client.list_tools()).tools]
        assert names == ["place", "review", "add", "improve", "undo", "verify"]
        found = await client.call_tool("review", {})
        assert getattr(found.content[0], "text") == "nothing is found"  # noqa: B009
        refused = await client.call_tool("undo", {"what": "add"})
        assert told(refused)["code"] == "only-reads"
