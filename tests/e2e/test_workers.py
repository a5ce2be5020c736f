"""Several processes behind one address: they count as one, and end as one."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.test_kill import workers_of
from tests.e2e.test_server import Served, run, serve

ROUTE = re.compile(r'request_duration_seconds_count{[^}]*"/health/live"} (\d+)')


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    found = serve(tmp_path, TRIPTYCH_WORKERS="2")
    yield found
    if found.process.poll() is None:
        found.stop()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = serve(tmp_path_factory.mktemp("workers"), TRIPTYCH_WORKERS="2")
    yield found
    found.stop()


def read(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def wait_for(is_so: Callable[[], bool]) -> None:
    for _ in range(200):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError(is_so)


def is_free(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as asked:
        return asked.connect_ex((host, int(port))) != 0


def test_whichever_is_asked_tells_what_all_have_done(shared: Served) -> None:
    assert "by 2 workers" in shared.log.read_text()
    for _ in range(30):
        read(f"{shared.url}/health/live")
    # Who asks often enough asks both.
    told = [ROUTE.findall(read(f"{shared.url}/metrics")) for _ in range(10)]
    assert told == [["30"]] * 10


def test_they_are_replaced_one_after_the_other_without_a_pause(shared: Served) -> None:
    before = set(workers_of(shared.process.pid))
    shared.process.send_signal(signal.SIGHUP)

    def are_new() -> bool:
        read(f"{shared.url}/health/live")
        now = set(workers_of(shared.process.pid))
        return len(now) == 2 and not now & before

    wait_for(are_new)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_they_end_in_good_order(served: Served, number: int) -> None:
    workers = workers_of(served.process.pid)
    assert len(workers) == 2
    assert served.stop(number) == 0
    assert is_free(served.url)
    assert not any(Path(f"/proc/{each}").exists() for each in workers)


def test_they_end_when_who_started_them_is_gone(served: Served) -> None:
    workers = workers_of(served.process.pid)
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait(10)
    wait_for(lambda: is_free(served.url))
    wait_for(lambda: not any(Path(f"/proc/{each}").exists() for each in workers))


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "flights", "--workers", "2", "--port", port, folder=tmp_path)
    assert done.returncode == 4
    assert "flights could not be served" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_only_one_can_see_is_not_served_by_several(tmp_path: Path) -> None:
    url = "sqlite:///:memory:"
    done = run("serve", "flights", "--workers=2", folder=tmp_path, TRIPTYCH_DATABASE=url)
    assert done.returncode == 4
    assert "let one worker serve it" in done.stderr


@pytest.mark.parametrize("words", [["--port", "99999"], ["--workers", "0"], ["--workers=65"]])
def test_an_option_is_checked_as_a_setting_is(tmp_path: Path, words: list[str]) -> None:
    done = run("serve", "flights", *words, folder=tmp_path)
    assert done.returncode == 4
    assert words[0].partition("=")[0] in done.stderr
