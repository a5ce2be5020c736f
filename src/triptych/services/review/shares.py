"""How many of a module are as they should be: counted once, as long as it does not change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from triptych.domain.review import Earlier, Module

type Count = Callable[[Module], tuple[int, int]]


class Shares:
    """How many of a module are as they should be, and of how many.

    Args:
        earlier: What was found earlier: modules that have not changed are not counted anew.

    Attributes:
        counted: The shares by the name of what counted them, and by the path.

    Example:
        ```python
        from triptych.domain.review import Function, Module
        from triptych.services.review.rules.documents import typed
        from triptych.services.review.shares import Shares

        module = Module(path="a.py", name="a", functions=(Function("f", 1, 2, returns="int"),))
        assert Shares().of(typed, module) == (1, 1)
        ```
    """

    def __init__(self, earlier: Earlier | None = None) -> None:
        self._earlier = earlier
        self.counted: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)

    def of(self, count: Count, module: Module) -> tuple[int, int]:
        """Returns the share of a module.

        Args:
            count: A function of a module alone, by whose name the share is known later.
            module: The module.
        """
        known = self.counted[count.__name__]
        if module.path not in known:
            known[module.path] = self._known_of(count, module) or count(module)
        return known[module.path]

    def _known_of(self, count: Count, module: Module) -> tuple[int, int] | None:
        if self._earlier is None or module.path not in self._earlier.unchanged:
            return None
        return self._earlier.found.shares.get(count.__name__, {}).get(module.path)
