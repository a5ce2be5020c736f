"""Reads over HTTP: requests a second and tail latency, in interleaved rounds."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.data import FOLDER, ROOT
from benchmarks.peers import POOL

# As `triptych serve` runs it.
OURS = "benchmarks.peers.triptych_server:app"
FLOOR = "benchmarks.peers.floor:app"
PEERS = {
    "FastAPI + async ORM + Pydantic": ("benchmarks.peers.fastapi_orm:app", "/flights"),
    "FastAPI + Core + msgspec": ("benchmarks.peers.fastapi_core:app", "/flights"),
    "Litestar + advanced-alchemy": ("benchmarks.peers.litestar_alchemy:app", "/flights"),
    "Starlette + Core + msgspec": ("benchmarks.peers.starlette_core:app", "/flights"),
    "django-ninja": ("benchmarks.peers.django_ninja:app", "/flights"),
    "Django REST framework": ("benchmarks.peers.django_rest:app", "/flights"),
    "**Triptych**": (OURS, "/api/flights"),
    "bare ASGI + driver (floor)": (FLOOR, "/flights"),
}
WSGI = {"benchmarks.peers.django_rest:app"}
ROUNDS, SECONDS, CONNECTIONS = 5, 3, 32
_BEGINNING = """
local ids = {}
for line in io.lines("%(ids)s") do ids[#ids + 1] = line end
math.randomseed(1)
"""
_LUA = {
    "get": """
local ids = {}
for line in io.lines("%(ids)s") do ids[#ids + 1] = line end
math.randomseed(1)
request = function() return wrk.format("GET", "%(base)s/" .. ids[math.random(#ids)]) end
""",
    "list": """
local origins = {"JFK", "LGA", "EWR"}
math.randomseed(1)
request = function()
  local month = math.random(11)
  return wrk.format("GET", string.format("%(base)s?origin=%%s&%(since)s=2013-%%02d-01T00:00:00Z&%(until)s=2013-%%02d-01T00:00:00Z%(order)s", origins[math.random(3)], month, month + 1))
end
""",
    "action": _BEGINNING
    + """
local headers = {["content-type"] = "application/json"}
request = function()
  local body = '{"flight":"' .. ids[math.random(#ids)] .. '","by":"PT1M","reason":"fog"}'
  return wrk.format("POST", "/api/operations/postpone", headers, body)
end
""",
    "their action": _BEGINNING
    + """
local headers = {["content-type"] = "application/json"}
local body = '{"by":"PT1M","reason":"fog"}'
request = function()
  return wrk.format("POST", "/flights/" .. ids[math.random(#ids)] .. "/postpone", headers, body)
end
""",
}


@dataclass
class Server:
    """One peer that runs, and what was measured of it."""

    name: str
    target: str
    base: str
    port: int
    database: str
    settings: dict[str, str] = field(default_factory=dict)
    workers: int = 1
    rates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tails: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: float = 0.0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {**os.environ, "DATABASE": self.database, "PYTHONPATH": str(ROOT)}
        environment |= self.settings
        if self.target in WSGI:
            command = [sys.executable, "-m", "gunicorn", self.target, "--threads", str(POOL)]
            command += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "critical"]
        else:
            command = [sys.executable, "-m", "uvicorn", self.target, "--port", str(self.port)]
            command += ["--log-level", "critical", "--no-access-log"]
            command += ["--workers", str(self.workers)] if self.workers > 1 else []
            if self.target == OURS:
                command += ["--http", "triptych.api.connections:WholeAnswers"]
            if self.target in (OURS, FLOOR):
                # As `triptych serve` does; and what is bare has nothing that it does not need.
                command += ["--no-proxy-headers"]
        log = (FOLDER / "server.log").open("a")
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
        for _ in range(100):
            time.sleep(0.1)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/nothing")
            except urllib.error.HTTPError:
                return
            except OSError:
                continue
        raise SystemExit(f"{self.name} did not start; see {FOLDER / 'server.log'}")

    def measure(self, kind: str, seconds: int) -> None:
        is_ours = self.base.startswith("/api")
        script = FOLDER / f"{self.port}-{kind}.lua"
        values = {
            "ids": FOLDER / "ids.txt",
            "base": self.base,
            "since": "departure.ge" if is_ours else "since",
            "until": "departure.lt" if is_ours else "until",
            "order": "&order=departure" if is_ours else "",
        }
        name = "their action" if kind == "action" and not is_ours else kind
        script.write_text(_LUA[name] % values)
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency", "-s", str(script)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{self.port}"], capture_output=True, text=True, check=True
        )
        if "Non-2xx" in done.stdout:
            raise SystemExit(f"{self.name} answered with errors: {done.stdout}")
        self.rates[kind].append(float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]))  # type: ignore[index]
        tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
        assert tail is not None
        self.tails[kind].append(float(tail[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]])

    @property
    def processes(self) -> list[str]:
        """The ids of its processes."""
        assert self.process is not None
        own = str(self.process.pid)
        return [own, *Path(f"/proc/{own}/task/{own}/children").read_text().split()]

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.memory = max(map(_memory, self.processes))
        self.process.terminate()
        self.process.wait()


def _memory(pid: str) -> float:
    """Returns what a process holds in memory, in MB."""
    with Path(f"/proc/{pid}/status").open() as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def run(database: str, rounds: int = ROUNDS) -> list[Server]:
    """Measures every peer in interleaved rounds."""
    if shutil.which("wrk") is None:
        raise SystemExit("install wrk: apt-get install wrk")
    servers = [
        Server(name, target, base, 8400 + n, database)
        for n, (name, (target, base)) in enumerate(PEERS.items())
    ]
    try:
        for server in servers:
            server.start()
            for kind in ("get", "list"):
                server.measure(kind, 1)
            server.rates.clear()
            server.tails.clear()
        for _ in range(rounds):
            for kind in ("get", "list"):
                for server in servers:
                    server.measure(kind, SECONDS)
    finally:
        for server in servers:
            server.stop()
    return servers


def table(servers: list[Server]) -> str:
    """Writes medians of ratios within a round, with their spread."""
    first = servers[0]
    floor = servers[-1]
    lines = [
        "| | get, a second | get, ratio | list, a second | list, ratio | p99 get, ms | p99 list, ms | memory, MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for server in servers:
        cells = [server.name]
        for kind in ("get", "list"):
            rates = server.rates[kind]
            ratios = [mine / theirs for mine, theirs in zip(rates, first.rates[kind], strict=True)]
            cells.append(f"{statistics.median(rates):,.0f}")
            cells.append(f"{statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})")
        cells += [f"{statistics.median(server.tails[kind]):.1f}" for kind in ("get", "list")]
        cells.append(f"{server.memory:.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    ours = next(server for server in servers if "Triptych" in server.name)
    share = statistics.median(
        mine / theirs for mine, theirs in zip(ours.rates["get"], floor.rates["get"], strict=True)
    )
    lines.append(f"\nShare of the floor, get: {share:.0%}.")
    return "\n".join(lines)
