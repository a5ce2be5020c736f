"""The root of the tree, and its families."""

from __future__ import annotations

from typing import ClassVar


class TriptychError(Exception):
    """The root of the tree.

    Attributes:
        code: A stable word for programs to tell errors apart.

    Example:
        ```python
        from triptych import TriptychError
        from triptych.domain.errors import ObjectMissing

        assert issubclass(ObjectMissing, TriptychError) and ObjectMissing.code == "missing"
        ```
    """

    code: ClassVar[str] = "error"


class Invalid(TriptychError):
    """What was asked cannot be, whatever the state.

    Example:
        ```python
        from triptych.domain.errors import Invalid, InvalidCursor

        assert issubclass(InvalidCursor, Invalid)
        ```
    """

    code = "invalid"


class MissingOrConflict(TriptychError):
    """What was asked cannot be, as things stand.

    Example:
        ```python
        from triptych.domain.errors import MissingOrConflict, ObjectStale

        assert issubclass(ObjectStale, MissingOrConflict)
        ```
    """

    code = "conflict"


class Forbidden(TriptychError):
    """What was asked may not be done by the one who asks.

    Example:
        ```python
        from triptych.domain.errors import ActionForbidden, Forbidden

        assert issubclass(ActionForbidden, Forbidden)
        ```
    """

    code = "forbidden"


class Misconfigured(TriptychError):
    """The surroundings are not as they must be."""

    code = "misconfigured"
