"""What a start costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 11
ENTITIES = 200
TRIPTYCH = str(Path(sys.executable).parent / "triptych")

_READY = """
import asyncio, time
started = time.perf_counter()
from triptych import open_store
async def main():
    store = open_store("large", "sqlite:///:memory:")
    await store.open()
    print(time.perf_counter() - started)
    await store.close()
asyncio.run(main())
"""


def table() -> str:
    """Writes medians, in milliseconds."""
    bare = _median([sys.executable, "-c", "pass"])
    rows = [
        ("bare Python", bare, ""),
        (
            "`import triptych`",
            _median([sys.executable, "-c", "import triptych"]),
            "30 over bare Python",
        ),
        ("`triptych --help`", _median([TRIPTYCH, "--help"]), "120"),
        ("`triptych check flights`", _median([TRIPTYCH, "check", "flights"], _example()), ""),
        (f"{ENTITIES} entities read, tables made, ready", _ready() * 1000, "1,000"),
    ]
    lines = ["| | ms | budget |", "|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {name} | {taken:.0f} | {budget} |" for name, taken, budget in rows)]
    )


def _example() -> Path:
    return Path(__file__).parent.parent / "examples" / "flights"


def _median(command: list[str], folder: Path | None = None) -> float:
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def _ready() -> float:
    with tempfile.TemporaryDirectory() as folder:
        write_domain(Path(folder))
        taken = [
            float(
                subprocess.run(
                    [sys.executable, "-c", _READY],
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for _ in range(5)
        ]
    return statistics.median(taken)


def write_domain(folder: Path) -> None:
    """Writes a domain of 200 entities of ten properties, linked in a ring."""
    domain = folder / "large" / "domain"
    domain.mkdir(parents=True)
    (folder / "large" / "__init__.py").write_text('"""Large."""\n')
    (domain / "__init__.py").write_text('"""Large."""\n')
    parts = [
        (
            '"""Many."""\nfrom __future__ import annotations\nfrom dataclasses import dataclass\n'
            "from datetime import datetime\nfrom decimal import Decimal\nfrom typing import NewType\n"
            "from uuid import UUID\n"
        )
    ]
    parts += [f'E{n}Id = NewType("E{n}Id", UUID)\n' for n in range(ENTITIES)]
    for n in range(ENTITIES):
        parts.append(
            f"\n\n@dataclass(frozen=True, slots=True, kw_only=True)\nclass E{n}:\n"
            f'    """Entity {n}."""\n\n    id: E{n}Id\n    following: E{(n + 1) % ENTITIES}Id | None\n'
            "    name: str\n    note: str | None\n    count: int\n    ratio: float\n"
            "    price: Decimal\n    made: datetime\n    is_new: bool = True\n    size: int = 0\n"
        )
    (domain / "entities.py").write_text("".join(parts))
