"""Errors over HTTP: problem+json, with a status that tells the truth."""

from __future__ import annotations

import msgspec

from triptych.domain.errors import (
    DatabaseUnavailable,
    DeadlineExceeded,
    Forbidden,
    Invalid,
    InvalidInput,
    Misconfigured,
    MissingOrConflict,
    NotKept,
    NotSignedIn,
    ObjectMissing,
    ObjectStale,
    ProviderUnavailable,
    TooMany,
    TriptychError,
)

STATUS: dict[type[TriptychError], int] = {
    Invalid: 400,
    Forbidden: 403,
    NotSignedIn: 401,
    MissingOrConflict: 409,
    ObjectMissing: 404,
    ObjectStale: 412,
    NotKept: 410,
    Misconfigured: 500,
    DatabaseUnavailable: 503,
    ProviderUnavailable: 503,
    TooMany: 429,
    DeadlineExceeded: 503,
}
TITLES = {
    400: "The request is invalid",
    401: "You are not signed in",
    403: "You may not",
    404: "There is no such thing",
    405: "This is not how to ask",
    409: "The state of things forbids it",
    410: "It is not kept any more",
    412: "Somebody was faster",
    413: "The request is too large",
    414: "The address is too long",
    429: "You ask too often",
    431: "The headers are too large",
    500: "Something is wrong on this side",
    503: "It cannot be done at the moment",
}


def status_of(error: TriptychError) -> int:
    """Returns the status of an error: that of the nearest family in the table.

    Example:
        ```python
        from triptych.api.problems import status_of
        from triptych.domain.errors import ObjectMissing

        assert status_of(ObjectMissing("Airport", "XXX")) == 404
        ```
    """
    return next(STATUS[family] for family in type(error).__mro__ if family in STATUS)


def problem(status: int, code: str, detail: str, correlation: str, errors: object = ()) -> bytes:
    """Writes a problem document (RFC 9457).

    Args:
        status: The HTTP status.
        code: A stable word for programs.
        detail: A sentence for people.
        correlation: The id by which the request is found in logs.
        errors: One entry for each thing that is wrong, where there are several.

    Example:
        ```python
        import json

        from triptych.api.problems import problem

        document = json.loads(problem(404, "missing", "there is no City 'x'", "me-1"))
        assert document["title"] == "There is no such thing" and document["correlation_id"] == "me-1"
        ```
    """
    return msgspec.json.encode(_document(status, code, detail, correlation, errors))


def _document(
    status: int, code: str, detail: str, correlation: str, errors: object = ()
) -> dict[str, object]:
    document: dict[str, object] = {
        "type": f"urn:triptych:problem:{code}",
        "title": TITLES.get(status, code),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if correlation:
        document["correlation_id"] = correlation
    if errors:
        document["errors"] = errors
    return document


def problem_document(error: TriptychError, status: int, correlation: str) -> dict[str, object]:
    """Writes what is known of an error: of a rule that does not hold, its name and cause, too."""
    errors = []
    if isinstance(error, InvalidInput):
        errors = [
            {"where": each.where, "found": each.found, "mend": each.mend} for each in error.problems
        ]
    document = _document(status, error.code, str(error), correlation, errors)
    told = {name: getattr(error, name, None) for name in ("rule", "sentence", "cause", "legal")}
    return document | {name: value for name, value in told.items() if value}


def problem_of(error: TriptychError, correlation: str) -> tuple[int, bytes]:
    """Returns status and document of an error.

    Example:
        ```python
        from triptych.api.problems import problem_of
        from triptych.domain.errors import ObjectMissing

        status, body = problem_of(ObjectMissing("City", "x"), "me-1")
        assert status == 404 and b"missing" in body
        ```
    """
    status = status_of(error)
    return status, msgspec.json.encode(problem_document(error, status, correlation))
