"""Processes of Python that work beside this one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

from triptych.infrastructure.environment import set_variable

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
        with set_variable(_SAFE, "1"):
            super().__init__(count, mp_context=get_context(method))

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Lets one of the processes call a function; it is started first where none is free."""
        with set_variable(_SAFE, "1"):
            return super().submit(fn, *args, **kwargs)
