"""Keyset paging: a cursor says where the last page ended, and of which list."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from triptych.adapters.objects.page import LARGEST_PAGE
from triptych.adapters.objects.values import Unfit, parse, plain
from triptych.domain.errors import InvalidCursor, InvalidInput, Problem
from triptych.domain.expression import Condition, Order

LONGEST_CURSOR = 8_192


def check_take(take: int, most: int = LARGEST_PAGE) -> int:
    """Checks the size of a page.

    Raises:
        InvalidInput: It is not between 1 and `most`.

    Example:
        ```python
        from triptych.adapters.objects.paging import check_take

        assert check_take(20) == 20
        ```
    """
    if not 1 <= take <= most:
        raise InvalidInput(
            [Problem("take", f"{take} is no size of a page", f"ask for 1 to {most}")]
        )
    return take


def list_digest(condition: Condition, order: Sequence[Order]) -> str:
    """Names a list: its objects, what they fulfil and their order."""
    said = [condition.type_name, condition.spelling, repr(condition.given)]
    said += [f"{o.path} {o.is_descending}" for o in order]
    return hashlib.sha256("\0".join(said).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def write_cursor(digest: str, order: Sequence[Order], values: Sequence[Any]) -> str:
    """Writes a cursor that ends at an object with these values of its order.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.paging import read_cursor, write_cursor
        from triptych.domain.expression import read_order

        order = read_order(read_ontology("flights").object_type("Flight"), "number")[:1]
        assert read_cursor("x", order, write_cursor("x", order, [7])) == (7,)
        ```
    """
    ended = [
        plain(each.path.leaf.type, value)  # type: ignore[arg-type]  # a path ends in a value
        for each, value in zip(order, values, strict=True)
    ]
    return plain_cursor(digest, ended)


def plain_cursor(digest: str, ended: Sequence[Any]) -> str:
    """Writes a cursor of values that are plain JSON already."""
    return base64.urlsafe_b64encode(msgspec.json.encode([digest, *ended])).rstrip(b"=").decode()


def read_cursor(digest: str, order: Sequence[Order], cursor: str) -> tuple[Any, ...]:
    """Reads where the last page ended.

    A cursor holds nothing that its bearer could not ask for; so it is checked, not signed.

    Raises:
        InvalidCursor: It is damaged, forged, or of another list.
    """
    if len(cursor) > LONGEST_CURSOR:
        raise InvalidCursor("is too long")
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, msgspec.DecodeError, RecursionError):
        raise InvalidCursor("is damaged") from None
    if not isinstance(found, list) or not found or found[0] != digest:
        raise InvalidCursor("belongs to another list, filter or order")
    if len(found) != 1 + len(order):
        raise InvalidCursor("is damaged")
    return tuple(_value(each, raw) for each, raw in zip(order, found[1:], strict=True))


def _value(order: Order, raw: Any) -> Any:
    if raw is None and order.path.is_optional:
        return None
    try:
        return parse(order.path.leaf.type, raw)  # type: ignore[arg-type]  # a path ends in a value
    except Unfit:
        raise InvalidCursor("is damaged") from None
