"""Processes of Python that work beside this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

_SAFE = "PYTHONSAFEPATH"


class ProcessPool(ProcessPoolExecutor):
    """Processes that import nothing from the folder that the program was started in.

    Python itself would look there first, as `multiprocessing` starts it: a `types.py` that lies
    there would be run in place of Python's own.

    Args:
        count: How many processes at most.
        method: How they are started: `spawn` or `forkserver`.

    Example:
        ```python
        from triptych.infrastructure.processes import ProcessPool

        if __name__ == "__main__":
            with ProcessPool(2, "forkserver") as pool:
                assert list(pool.map(abs, [-1, -2])) == [1, 2]
        ```
    """

    def __init__(self, count: int, method: str) -> None:
        with _safe_path():
            super().__init__(count, mp_context=get_context(method))

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Lets one of the processes call a function; it is started first where none is free."""
        with _safe_path():
            return super().submit(fn, *args, **kwargs)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Tells the processes of Python that begin meanwhile to leave the current folder alone."""
    before = os.environ.get(_SAFE)  # review: ignore[CFG001] it is kept, to be put back
    os.environ[_SAFE] = "1"  # review: ignore[DYN007] a process is told in no other way
    try:
        yield
    finally:
        os.environ.pop(_SAFE)
        if before is not None:
            os.environ[_SAFE] = before  # review: ignore[DYN007] as it was
