"""Optional parts: imported when asked for, and missed with a clear word."""

from __future__ import annotations

import importlib
from typing import Any

from triptych.domain.errors import MissingExtra


def needs(module: str, extra: str, purpose: str) -> Any:
    """Imports a module that needs an optional part.

    Args:
        module: What to import.
        extra: The extra that brings what it needs.
        purpose: What for, such as `to serve`.

    Raises:
        MissingExtra: The part is not installed.

    Example:
        ```python
        from triptych.infrastructure.optional import needs

        assert needs("json", "standard", "to read JSON").loads("1") == 1
        ```
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("triptych"):
            raise
        raise MissingExtra(extra, purpose) from error
