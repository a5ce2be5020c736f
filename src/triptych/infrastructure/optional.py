"""Optional parts, ours and the application's: imported when asked for."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
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


def find_module(name: str) -> ModuleType | None:
    """Imports a module that an application may have; `None` where it has none.

    Raises:
        ImportError: It is there, and something that it needs is not.

    Example:
        ```python
        from triptych.infrastructure.optional import find_module

        assert find_module("flights.adapters.wiring") is not None
        assert find_module("flights.adapters.telepathy") is None
        ```
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            return None
        raise


def find_modules(name: str) -> Iterator[ModuleType]:
    """Imports a package that an application may have, and all below it.

    Example:
        ```python
        from triptych.infrastructure.optional import find_modules

        names = [each.__name__ for each in find_modules("flights.services")]
        assert "flights.services.policies.desk" in names
        ```
    """
    package = find_module(name)
    if package is None:
        return
    yield package
    for each in pkgutil.walk_packages(package.__path__, f"{name}."):
        yield importlib.import_module(each.name)
