"""Rules on what the rules of a domain say."""

from __future__ import annotations

from triptych.domain.diagnostics.diagnostic import DiagnosticRule
from triptych.domain.diagnostics.examples import domain

_CITIES = domain('''
    CityId = NewType("CityId", str)


    @dataclass(frozen=True, slots=True, kw_only=True)
    class City:
        """Where people live."""

        id: CityId
        mayor: str | None = None
    ''')
_RULE = '''"""Conditions that have a name."""
from __future__ import annotations
from .entities import City


def is_led_well(city: City) -> bool:
    """It has a good mayor."""
    return {said}
'''


def _said(text: str) -> dict[str, str]:
    return {**_CITIES, "rules.py": _RULE.replace("{said}", text)}


EXPRESSION_RULES = (
    DiagnosticRule(
        code="ONT028",
        title="A rule says what no expression can",
        reason=(
            "A rule is read once and then evaluated, asked of a database, and explained, with one "
            "meaning. So it compares, reckons and joins by `and`, `or` and `not`; it asks whether "
            "something is there before it asks for more; and it calls only other rules, properties "
            "and one-expression methods."
        ),
        mend="Say it with what an expression has; the page on rules lists it.",
        example=_said('city.mayor > "M"  # here'),
        mended=_said('city.mayor is not None and city.mayor > "M"'),
    ),
)
