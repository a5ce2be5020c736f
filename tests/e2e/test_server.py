"""The installed program, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.conftest import EXAMPLE

PROGRAM = Path(sys.executable).parent / "triptych"


def run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end."""
    return subprocess.run(
        [str(PROGRAM), *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(EXAMPLE), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass
class Served:
    """A server that runs; what it logs goes to a file, so that it never waits for a reader."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str = ""

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(10)


def serve(folder: Path, **environment: str) -> Served:
    """Starts a server on a free port and waits until it says where it is."""
    log = folder / f"{uuid4().hex}.log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [str(PROGRAM), "serve", "flights", "--port", "0"],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(EXAMPLE),
                "TRIPTYCH_LOG_FORMAT": "json",
                "TRIPTYCH_ACTOR": "ada:dispatcher",
                **environment,
            },
            stderr=stderr,
        )
    for _ in range(200):
        time.sleep(0.05)
        if found := re.search(r"http://[\d.:]+", log.read_text()):
            return Served(process, log, found[0])
    process.kill()
    raise AssertionError(log.read_text())


def get(url: str) -> Any:
    """Reads a JSON document."""
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loads the smaller sources once."""
    made = tmp_path_factory.mktemp("app")
    done = run(
        "load", "flights", "airlines", "airports", "unlisted_airports", "planes", folder=made
    )
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """Serves them."""
    served = serve(folder)
    yield served.url
    served.stop()


class TestServer:
    def test_objects_are_served(self, server: str) -> None:
        page = get(f"{server}/api/airports?altitude.gt=7000&order=-altitude&take=1&total=true")
        assert page["items"][0]["id"] == "TEX"
        assert page["total"] == 13

    def test_it_ends_in_good_order(self, folder: Path) -> None:
        served = serve(folder)
        assert get(f"{served.url}/health/ready") == {"status": "ready"}
        assert served.stop(signal.SIGTERM) in (0, -signal.SIGTERM)

    def test_a_large_header_is_refused(self, server: str) -> None:
        request = urllib.request.Request(f"{server}/api/airports", headers={"x": "y" * 1_000_000})
        with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)):
            urllib.request.urlopen(request)
        assert get(f"{server}/health/live") == {"status": "live"}

    def test_what_callers_say_of_their_address_is_not_believed(self, folder: Path) -> None:
        served = serve(folder, TRIPTYCH_RATE_LIMIT="2/minute")
        statuses = []
        for last in range(4):
            headers = {"x-forwarded-for": f"192.0.2.{last}"}
            request = urllib.request.Request(f"{served.url}/api/airports/JFK", headers=headers)
            try:
                statuses.append(urllib.request.urlopen(request).status)
            except urllib.error.HTTPError as error:
                statuses.append(error.code)
        served.stop()
        assert statuses[2:] == [429, 429]

    def test_what_is_no_http_is_no_harm(self, server: str) -> None:
        host, _, port = server.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"\x16\x03\x01\x00 nonsense\r\n\r\n")
            connection.settimeout(5)
            connection.recv(1_000)
        assert get(f"{server}/health/live") == {"status": "live"}

    def test_the_log_has_a_line_a_request_with_its_id(self, folder: Path) -> None:
        served = serve(folder)
        headers = {"x-correlation-id": "me-1"}
        request = urllib.request.Request(f"{served.url}/api/airports/JFK", headers=headers)
        urllib.request.urlopen(request).close()
        served.stop()
        lines = served.log.read_text().splitlines()
        (line,) = [json.loads(each) for each in lines if "me-1" in each]
        assert (line["event"], line["status"]) == ("request", 200)
        assert line["path"] == "/api/airports/JFK"


class TestTrouble:
    def test_a_database_that_is_not_there_stops_the_start(self, tmp_path: Path) -> None:
        url = "postgresql://postgres@127.0.0.1:1/test"
        done = run("serve", "flights", folder=tmp_path, TRIPTYCH_DATABASE=url)
        assert done.returncode == 4
        assert "check the address and that it runs" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_port_that_is_taken_is_told(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = run("serve", "flights", "--port", port, folder=folder)
        assert done.returncode == 4
        assert "Traceback" not in done.stderr

    def test_a_setting_that_is_unknown_is_told(self, folder: Path) -> None:
        done = run("serve", "flights", folder=folder, TRIPTYCH_PROT="1")
        assert done.returncode == 4
        assert "TRIPTYCH_PROT: there is no such setting" in done.stderr


class TestSchema:
    def test_no_request_that_the_document_allows_breaks_the_server(self, server: str) -> None:
        schema = schemathesis.openapi.from_url(f"{server}/api/openapi.json")
        count = 0

        operations: Any = schema.get_all_operations()
        for operation in operations:

            @settings(
                max_examples=8,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            def ask(case: Any) -> None:
                nonlocal count
                count += 1
                response = case.call()
                assert response.status_code < 500, response.text
                documented = {int(each) for each in case.operation.definition.raw["responses"]}
                assert response.status_code in documented, response.text

            given(case=operation.ok().as_strategy())(ask)()
        assert count > 100
