"""One statement of several, for databases that are a round trip away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from triptych.adapters.database.database import Write

TOGETHER = 16
_COUNT = "(SELECT count(*) FROM w{})"
_PARAMETER = re.compile(r"\$(\d+)")
_MARK = "other rows than they should: "
_COUNTED = re.compile(f"{_MARK}([0-9,]+)")


@lru_cache(maxsize=512)
def together(texts: tuple[str, ...]) -> str:
    """Makes one statement of several: a round trip costs more than what it carries.

    None of them sees what the others write.

    Example:
        ```python
        from triptych.adapters.database.bundling import together

        text = together(("DELETE FROM a WHERE x = $1", "SELECT 1 FROM b WHERE y = $1"))
        assert text.startswith("WITH w0 AS (DELETE FROM a WHERE x = $1 RETURNING 1), w1 AS (")
        assert "WHERE y = $2" in text
        ```
    """
    counts = [_COUNT.format(place) for place in range(len(texts))]
    return f"{_parts(texts)} SELECT {', '.join(counts)}"


def _parts(texts: Sequence[str]) -> str:
    parts, offset = [], 0
    for place, text in enumerate(texts):
        numbers = [int(each) for each in _PARAMETER.findall(text)]
        returning = "" if text.startswith("SELECT") else " RETURNING 1"
        parts.append(f"w{place} AS ({_shifted(text, offset)}{returning})")
        offset += max(numbers, default=0)
    return f"WITH {', '.join(parts)}"


def _shifted(text: str, offset: int) -> str:
    """Counts the parameters of a statement from another number on."""
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", text)


@lru_cache(maxsize=512)
def guarded(texts: tuple[str, ...], rows: tuple[int | None, ...]) -> str:
    """Makes one statement of several that fails, and so writes nothing, unless each fits.

    Args:
        texts: The statements.
        rows: How many rows each must touch or find; any number for `None`.

    Example:
        ```python
        from triptych.adapters.database.bundling import guarded

        text = guarded(("DELETE FROM a WHERE x = $1",), (1,))
        assert "WHEN c0 = 1 THEN" in text
        ```
    """
    # The texts are those of compiled statements, and the rows are numbers.
    names = [f"c{place}" for place in range(len(texts))]
    counts = [f"{_COUNT.format(place)} AS {name}" for place, name in enumerate(names)]
    wanted = [
        f"{name} = {each}" for name, each in zip(names, rows, strict=True) if each is not None
    ]
    counted = f"(SELECT {', '.join(counts)}) AS counted"
    fails = f"('{_MARK}' || concat_ws(',', {', '.join(names)}))::int"
    fits = " AND ".join(wanted) or "true"
    fit = f"SELECT CASE WHEN {fits} THEN 0 ELSE {fails} END"
    return f"{_parts(texts)} {fit} FROM {counted}"  # nosec B608


def misfit(message: str, rows: Sequence[int | None]) -> int | None:
    """Tells which of the statements met other rows than it should have, by what the database says.

    Example:
        ```python
        from triptych.adapters.database.bundling import misfit

        assert misfit('invalid: "other rows than they should: 1,0,1"', (1, 1, 1)) == 1
        assert misfit("division by zero", (1,)) is None
        ```
    """
    found = _COUNTED.search(message)
    if found is None:
        return None
    counts = map(int, found[1].split(","))
    pairs = enumerate(zip(counts, rows, strict=True))
    return next(place for place, (count, wanted) in pairs if wanted not in (None, count))


def can_be_one(writes: Sequence[Write]) -> bool:
    """Tells whether writes can be one statement: few, and none must see the others.

    Example:
        ```python
        from triptych.adapters.database.bundling import can_be_one
        from triptych.adapters.database.database import Write

        assert can_be_one([Write("DELETE FROM a")])
        ```
    """
    return 0 < len(writes) <= TOGETHER and not any(each.is_alone for each in writes[1:])
