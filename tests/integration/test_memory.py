"""Memory stays flat, however long the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import asyncio, resource, sys
from tests.integration.test_sources import branches
from tests.fixtures.library.domain.entities import Branch
from triptych import CsvFile, open_store, source
from triptych.adapters.sources.declaration import declared_source
from triptych.services.sources import load_sources
async def main():
    store = open_store("tests.fixtures.library", "sqlite:///" + sys.argv[2])
    await store.open()
    await load_sources(store, [declared_source(source(Branch, CsvFile(sys.argv[1]))(branches))])
    print(await store.repository(Branch).count(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    await store.close()
asyncio.run(main())
"""


def peak(folder: Path, rows: int) -> int:
    """Loads a file in a process of its own and returns its peak memory, in KiB."""
    file = folder / f"{rows}.csv"
    with file.open("w") as written:
        written.write("id,name,floor\n")
        written.writelines(f"{n},a name that is number {n},0\n" for n in range(rows))
    command = [sys.executable, "-c", _PROGRAM, str(file), str(folder / f"{rows}.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    count, memory = done.stdout.split()
    assert int(count) == rows
    return int(memory)


def test_a_file_of_four_times_the_rows_takes_no_more_memory(tmp_path: Path) -> None:
    assert peak(tmp_path, 1_600_000) < peak(tmp_path, 400_000) * 1.25
