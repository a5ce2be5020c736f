"""What a project defines, and which of it a name leads to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from triptych.domain.review import Class, Function, Module

_HOPS = 4


class Definitions:
    """The functions and classes of a project, by the names that others have for them.

    Args:
        modules: All of the project.

    Example:
        ```python
        from triptych.domain.review import Class, Import, Module
        from triptych.services.review.definitions import Definitions

        orders = Module(path="shop/orders.py", name="shop.orders", classes=(Class("Order", 1),))
        passed_on = (Import("shop.orders", "Order", 1),)
        shop = Module(path="shop/__init__.py", name="shop", imports=passed_on)
        definitions = Definitions([shop, orders])
        assert definitions.class_of("shop.Order") == (orders, orders.classes[0])
        ```
    """

    def __init__(self, modules: Sequence[Module]) -> None:
        self._modules = modules
        self._tops = {each.top for each in modules}

    @cached_property
    def functions(self) -> dict[str, tuple[Module, Function]]:
        """All functions, by their whole names."""
        return {f"{m.name}.{f.name}": (m, f) for m in self._modules for f in m.functions}

    @cached_property
    def classes(self) -> dict[str, tuple[Module, Class]]:
        """All classes, by their whole names."""
        return {f"{m.name}.{c.name}": (m, c) for m in self._modules for c in m.classes}

    @cached_property
    def _heirs(self) -> dict[str, list[Class]]:
        heirs: dict[str, list[Class]] = {}
        for _, each in self.classes.values():
            for base in each.bases:
                heirs.setdefault(self.real(base.partition("[")[0]), []).append(each)
        return heirs

    def heirs(self, name: str) -> list[Class]:
        """Lists the classes that have one of the project as a base."""
        return self._heirs.get(name, [])

    @cached_property
    def _imported(self) -> dict[str, str]:
        """What names that a module imports stand for, so that others may import them from it."""
        return {f"{m.name}.{i.name}": i.target for m in self._modules for i in m.imports if i.name}

    def real(self, name: str) -> str:
        """Follows a name through the modules that only pass it on."""
        for _ in range(_HOPS):
            head, _, last = name.rpartition(".")
            if name in self._imported:
                name = self._imported[name]
            elif head in self._imported:
                name = f"{self._imported[head]}.{last}"
            else:
                break
        return name

    def function(self, name: str) -> tuple[Module, Function] | None:
        """Finds a function by the name that a call has."""
        return self.functions.get(self.real(name)) if self._may_have(name) else None

    def class_of(self, name: str) -> tuple[Module, Class] | None:
        """Finds a class by the name that an annotation or a call has."""
        return self.classes.get(self.real(name)) if self._may_have(name) else None

    def _may_have(self, name: str) -> bool:
        return name.partition(".")[0] in self._tops
