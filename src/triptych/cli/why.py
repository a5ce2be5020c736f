"""`why`: which clause of a rule decided about an object."""

from __future__ import annotations

from triptych.adapters.objects.questions import key_parts
from triptych.cli.objects import Where, conditions
from triptych.cli.options import As, Flag
from triptych.cli.screen import make_console
from triptych.cli.wiring import browse
from triptych.services.expression import Explanation
from triptych.services.objects import Browser


def explain_rule(  # noqa: PLR0913 - what is asked, and how it is shown
    package: str,
    type: str,
    id: str,
    rule: str,
    *,
    where: Where = (),
    json: Flag = False,
    as_: As = "",
) -> None:
    """Say why a rule holds of an object, or not.

    Args:
        package: The package that has the `domain`.
        type: An entity or relationship, such as `flight`.
        id: Its id; for a relationship, the ids that it joins, between commas.
        rule: The name of a rule about it.
        where: What the rule is given, such as `limit=PT1H`.
        json: Print JSON instead of sentences.
        as_: Who asks, as `NAME:ROLE,ROLE`.
    """
    given = list(conditions(where))

    async def ask(browser: Browser) -> Explanation:
        of = browser.ontology.object_type(type)
        return await browser.why(of, key_parts(of, id), rule, given)

    found = browse(package, ask, as_)
    if json:
        print(found.json().decode())
        return
    console = make_console(soft_wrap=True)
    colour = "green" if found.holds else "red"
    first, *rest = str(found).splitlines()
    console.print(first, style=colour, markup=False)
    for line in rest:
        console.print(line, markup=False)
