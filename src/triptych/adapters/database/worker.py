"""One thread that owns one connection and does its work in order."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

_BATCH = 16

type _Job = tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]
type _Outcome = tuple[asyncio.Future[Any], Any, BaseException | None]


class Worker:
    """Runs functions in a thread of its own, one after the other.

    Results go back to the event loop in batches: under load, one wake-up serves many callers.

    Example:
        ```python
        import asyncio

        from triptych.adapters.database.worker import Worker

        async def main() -> int:
            worker = Worker("adder")
            try:
                return await worker.run(sum, (1, 2))
            finally:
                await worker.stop()

        assert asyncio.run(main()) == 3
        ```
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def run(self, function: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """Queues a call and returns the future of its result."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._jobs.put((future, function, arguments))
        return future

    async def stop(self) -> None:
        """Lets the thread finish what is queued, and end."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            done: list[_Outcome] = []
            following: _Job | None = job
            while following is not None:
                done.append(_outcome(following))
                if len(done) == _BATCH:
                    break
                try:
                    following = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._jobs.put(None)
            # A loop that was closed meanwhile has nobody left to tell.
            with contextlib.suppress(RuntimeError):
                job[0].get_loop().call_soon_threadsafe(_deliver, done)


def _outcome(job: _Job) -> _Outcome:
    future, function, arguments = job
    try:
        return future, function(*arguments), None
    except BaseException as error:  # noqa: BLE001 - it belongs to the caller
        return future, None, error


def _deliver(done: list[_Outcome]) -> None:
    for future, result, error in done:
        if future.cancelled():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
