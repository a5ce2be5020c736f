"""Memory: when it is searched for garbage.

Python looks after each 700 new objects. What Triptych derives from an ontology stays, and what an
action makes is gone when it ends, without the collector, so that looking seldom finds as much.
"""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = 20_000


def collect_seldom() -> None:
    """Looks for garbage after 20,000 new objects, for the rest of the process, and not at its end.

    What is left then goes with the process: to look through it all would take a short command a
    tenth of its time.
    """
    gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)


def settle() -> None:
    """Says that all there is now stays: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    collect_seldom()


@contextmanager
def collected_later() -> Iterator[None]:
    """Makes things that stay, without Python looking again and again whether they are garbage.

    Whoever had put the collector off already is left alone.

    Example:
        ```python
        import gc

        from triptych.infrastructure.memory import collected_later

        with collected_later():
            assert not gc.isenabled()
        assert gc.isenabled()
        ```
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
