"""Errors, less what whoever is told them may not see."""

from __future__ import annotations

from collections.abc import Mapping

from triptych.adapters.objects.sight import Sight
from triptych.domain.errors import (
    InvariantBroken,
    ObjectStale,
    RequirementFailed,
    TriptychError,
    WriteConflict,
)


def concealed(error: TriptychError, sights: Mapping[str, Sight]) -> TriptychError:
    """Takes out of an error what whoever has these sights may not see.

    Values are told to whom nothing is hidden of the object types that were looked at.

    Example:
        ```python
        from triptych.adapters.objects.sight import Sight
        from triptych.domain.errors import WriteConflict
        from triptych.services.policies.concealing import concealed

        error = WriteConflict("Flight 7")
        assert concealed(error, {"Flight": Sight()}) is error
        ```
    """
    narrow = {name for name, each in sights.items() if not each.is_whole}
    match error:
        case RequirementFailed() if narrow & error.looked_at:
            return RequirementFailed(error.action, error.rule, error.sentence)
        case InvariantBroken() if narrow & error.looked_at:
            return InvariantBroken(error.rule, error.sentence, error.type_name, ())
        case ObjectStale() if error.type_name in narrow:
            return _unchanged(error, sights[error.type_name])
        case WriteConflict() if narrow:
            return WriteConflict("what it depends on")
    return error


def _unchanged(error: ObjectStale, sight: Sight) -> ObjectStale:
    changed = [each for each in error.changed if each not in sight.screens]
    return ObjectStale(error.type_name, error.key, error.version, changed)
