"""What somebody may not, whatever the state of things."""

from __future__ import annotations

import math
from collections.abc import Sequence

from triptych.domain.errors.families import Forbidden


class ActionForbidden(Forbidden):
    """The one who asks may not do that.

    Example:
        ```python
        from triptych.domain.errors import ActionForbidden

        error = ActionForbidden("postpone", "bob", "is_dispatcher", "The actor is a dispatcher.")
        assert str(error) == "bob may not postpone: not so: The actor is a dispatcher."
        ```
    """

    code = "not-allowed"

    def __init__(
        self, action: str, actor: str, rule: str, sentence: str, *, is_forbidden: bool = False
    ) -> None:
        self.action, self.actor, self.rule, self.sentence = action, actor, rule, sentence
        self.is_forbidden = is_forbidden
        super().__init__(action, actor, rule, sentence)

    def __str__(self) -> str:
        said = _because(self.sentence or self.rule, is_forbidden=self.is_forbidden)
        return f"{self.actor} may not {self.action}: {said}"


def _because(said: str, *, is_forbidden: bool) -> str:
    """Says that what allows is not so; or that what forbids is."""
    return f"{'it is so' if is_forbidden else 'not so'}: {said}"


class NotSignedIn(Forbidden):
    """What a caller shows of who they are is not good.

    Why is not told: it would help who guesses.

    Example:
        ```python
        from triptych.domain.errors import NotSignedIn

        assert "sign in again" in str(NotSignedIn())
        ```
    """

    code = "not-signed-in"

    def __str__(self) -> str:
        return "what you show of who you are is unknown, over, or was revoked; sign in again"


class ApprovalNeeded(Forbidden):
    """A plan must be committed by somebody else than the one who made it.

    Example:
        ```python
        from triptych.domain.errors import ApprovalNeeded

        assert "somebody else than ada" in str(ApprovalNeeded("cancel", "ada"))
        ```
    """

    code = "approval-needed"

    def __init__(self, action: str, actor: str) -> None:
        self.action, self.actor = action, actor
        super().__init__(action, actor)

    def __str__(self) -> str:
        return (
            f"{self.action} must be approved: make a plan of it, and have somebody else "
            f"than {self.actor} commit it"
        )


class OnlyReads(Forbidden):
    """An agent would change something, and is granted no more than to read.

    Example:
        ```python
        from triptych.domain.errors import OnlyReads

        error = OnlyReads("cancel", "preview it")
        assert str(error) == "cancel changes something, and agents may only read here: preview it"
        ```
    """

    code = "only-reads"

    def __init__(self, action: str, mend: str) -> None:
        self.action, self.mend = action, mend
        super().__init__(action, mend)

    def __str__(self) -> str:
        return f"{self.action} changes something, and agents may only read here: {self.mend}"


class AuditForbidden(Forbidden):
    """Who may do what is told to auditors only.

    Example:
        ```python
        from triptych.domain.errors import AuditForbidden

        assert str(AuditForbidden("bob")) == "bob may not be told who may do what"
        ```
    """

    code = "audit-not-allowed"

    def __init__(self, actor: str) -> None:
        self.actor = actor
        super().__init__(actor)

    def __str__(self) -> str:
        return f"{self.actor} may not be told who may do what"


class PropertyHidden(Forbidden):
    """Objects cannot be made whole for somebody who may not see a property of theirs.

    Example:
        ```python
        from triptych.domain.errors import PropertyHidden

        assert str(PropertyHidden("Person", ["salary"])).startswith("salary of Person is hidden")
        ```
    """

    code = "hidden"

    def __init__(self, type_name: str, properties: Sequence[str]) -> None:
        self.type_name, self.properties = type_name, tuple(properties)
        super().__init__(type_name, self.properties)

    def __str__(self) -> str:
        names = " and ".join(self.properties)
        return f"{names} of {self.type_name} is hidden from you; ask for documents, or for fields"


class ChangeForbidden(Forbidden):
    """Somebody may do that, but not to this object, or not so.

    Example:
        ```python
        from triptych.domain.errors import ChangeForbidden

        error = ChangeForbidden("Flight", "bob", "is_own", "The flight is of their carrier.")
        assert str(error) == "bob may not change a Flight so: not so: The flight is of their carrier."
        ```
    """

    code = "change-not-allowed"

    def __init__(
        self, type_name: str, actor: str, rule: str, sentence: str, *, is_forbidden: bool = False
    ) -> None:
        self.type_name, self.actor, self.rule, self.sentence = type_name, actor, rule, sentence
        self.is_forbidden = is_forbidden
        super().__init__(type_name, actor, rule, sentence)

    def __str__(self) -> str:
        said = _because(self.sentence or self.rule, is_forbidden=self.is_forbidden)
        return f"{self.actor} may not change a {self.type_name} so: {said}"


class CrossOrigin(Forbidden):
    """A page of another origin would do something in a browser's session.

    Example:
        ```python
        from triptych.domain.errors import CrossOrigin

        assert "another origin" in str(CrossOrigin())
        ```
    """

    code = "cross-origin"

    def __str__(self) -> str:
        return "a page of another origin may do nothing in this session; act from our own pages"


class TooMany(Forbidden):
    """Somebody asks more often than they may.

    Attributes:
        wait: Seconds after which they may ask again.

    Example:
        ```python
        from triptych.domain.errors import TooMany

        assert str(TooMany("ada", 2.5)) == "ada asks too often; ask again in 3 s"
        ```
    """

    code = "too-many"

    def __init__(self, who: str, wait: float) -> None:
        self.who, self.wait = who, wait
        super().__init__(who, wait)

    def __str__(self) -> str:
        return f"{self.who} asks too often; ask again in {math.ceil(self.wait)} s"
