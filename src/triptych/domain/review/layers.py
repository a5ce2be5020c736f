"""The layers that a module may be in, and which may import which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """Where a module belongs.

    Example:
        ```python
        from triptych.domain.review import Layer

        assert Layer.DYNAMIC.may_import(Layer.SEMANTIC)
        assert not Layer.SEMANTIC.may_import(Layer.KINETIC)
        ```
    """

    SEMANTIC = "semantic"
    KINETIC = "kinetic"
    DYNAMIC = "dynamic"
    PLUMBING = "plumbing"
    ENTRY = "entry"
    ROOT = "root"
    TESTS = "tests"
    UNKNOWN = "unknown"

    def may_import(self, other: Layer) -> bool:
        """Tells whether a module of this layer may import one of another."""
        return other is self or Layer.UNKNOWN in (self, other) or other in _MAY[self]


_INNER = {Layer.SEMANTIC}
_MAY: dict[Layer, set[Layer]] = {
    Layer.SEMANTIC: set(),
    Layer.PLUMBING: set(_INNER),
    Layer.KINETIC: {*_INNER, Layer.PLUMBING},
    # Which of the kinetic layer a service may import is a question of its own: ports.
    Layer.DYNAMIC: {*_INNER, Layer.PLUMBING, Layer.KINETIC},
    Layer.ENTRY: {*_INNER, Layer.PLUMBING, Layer.KINETIC, Layer.DYNAMIC, Layer.ROOT},
    Layer.ROOT: set(Layer),
    Layer.TESTS: set(Layer),
}
PANELS = (Layer.SEMANTIC, Layer.KINETIC, Layer.DYNAMIC)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A reason to place a module somewhere.

    Attributes:
        layer: Where.
        weight: How much it counts, from 0 to 1.
        reason: What was seen.
    """

    layer: Layer
    weight: float
    reason: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a module was placed, and why.

    Attributes:
        layer: Where; unknown where nothing speaks clearly enough.
        confidence: From 0 to 1.
        evidence: All that was seen, the heaviest first.
    """

    layer: Layer
    confidence: float
    evidence: tuple[Evidence, ...] = ()

    @property
    def against(self) -> tuple[Evidence, ...]:
        """What speaks for another layer.

        Example:
            ```python
            from triptych.domain.review import Evidence, Layer, Placement

            seen = Evidence(Layer.KINETIC, 0.5, "imports sqlalchemy")
            assert Placement(Layer.SEMANTIC, 0.6, (seen,)).against == (seen,)
            ```
        """
        return tuple(each for each in self.evidence if each.layer is not self.layer)
