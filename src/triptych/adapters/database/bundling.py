"""One statement of several, for databases that are a round trip away."""

from __future__ import annotations

import re
from functools import lru_cache

_COUNT = "(SELECT count(*) FROM w{})"
_PARAMETER = re.compile(r"\$(\d+)")


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
    parts, offset = [], 0
    for place, text in enumerate(texts):
        numbers = [int(each) for each in _PARAMETER.findall(text)]
        returning = "" if text.startswith("SELECT") else " RETURNING 1"
        parts.append(f"w{place} AS ({_shifted(text, offset)}{returning})")
        offset += max(numbers, default=0)
    # The texts are those of compiled statements.
    counts = [_COUNT.format(place) for place in range(len(texts))]
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"


def _shifted(text: str, offset: int) -> str:
    """Counts the parameters of a statement from another number on."""
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", text)
