"""Variables of the environment: what processes that are started are told by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def set_variable(name: str, value: str) -> Iterator[None]:
    """Sets a variable as long as the block runs, and leaves it as it was.

    Args:
        name: What it is called.
        value: For whoever reads it meanwhile, and for processes that begin meanwhile.

    Example:
        ```python
        import os

        from triptych.infrastructure.environment import set_variable

        with set_variable("SHOP_COLOUR", "red"):
            assert os.environ["SHOP_COLOUR"] == "red"
        assert "SHOP_COLOUR" not in os.environ
        ```
    """
    before = os.environ.get(name)  # review: ignore[CFG001] it is kept, to be put back
    os.environ[name] = value  # review: ignore[DYN007] a process is told in no other way
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before  # review: ignore[DYN007] as it was
