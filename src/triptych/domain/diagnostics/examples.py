"""The small domain package that the rules' examples are variations of."""

from __future__ import annotations

from textwrap import dedent

_HEADERS = {
    "entities.py": '''\
"""What there is."""
from __future__ import annotations
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, NewType, Protocol
from uuid import UUID

''',
    "value_objects.py": '''\
"""What is only its values."""
from __future__ import annotations
from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID

''',
}


def domain(source: str, file: str = "entities.py") -> dict[str, str]:
    """Makes a domain of one module, with the imports that such a module needs.

    Args:
        source: The module without its docstring and imports; indentation is removed.
        file: The path below `domain/`.

    Example:
        ```python
        from triptych.domain.diagnostics.examples import domain

        assert "CityId" in domain('CityId = NewType("CityId", str)')["entities.py"]
        ```
    """
    return {file: _HEADERS[file] + dedent(source).lstrip("\n")}
