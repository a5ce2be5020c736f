"""The thread that does the work of a connection."""

from __future__ import annotations

import asyncio
import threading

import pytest

from triptych.adapters.database.worker import Worker


async def test_work_is_done_in_order_in_one_thread() -> None:
    worker = Worker("w")
    done: list[tuple[int, int]] = []
    await asyncio.gather(*(worker.run(done.append, (n, 0)) for n in range(100)))
    names = await worker.run(lambda: threading.current_thread().name)
    await worker.stop()
    assert [n for n, _ in done] == list(range(100))
    assert names == "w"


async def test_an_error_belongs_to_who_asked() -> None:
    worker = Worker("w")
    failing, working = worker.run(int, "x"), worker.run(int, "7")
    with pytest.raises(ValueError, match="invalid literal"):
        await failing
    assert await working == 7
    await worker.stop()


async def test_who_gives_up_does_not_stop_the_others() -> None:
    worker, gate = Worker("w"), threading.Event()
    slow, fast = worker.run(gate.wait), worker.run(int, "7")
    slow.cancel()
    gate.set()
    assert await fast == 7
    await worker.stop()


async def test_what_is_queued_is_done_before_the_end() -> None:
    worker = Worker("w")
    waiting = [worker.run(int, str(n)) for n in range(50)]
    await worker.stop()
    assert await asyncio.gather(*waiting) == list(range(50))
