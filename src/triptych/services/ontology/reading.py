"""From the name of a package to an ontology that can be used."""

from __future__ import annotations

from triptych.adapters.ontology import Reading, read_package
from triptych.domain.diagnostics import Severity
from triptych.domain.errors import InvalidOntology
from triptych.domain.ontology import Ontology
from triptych.services.ontology.checks import checks, unreadable_rules


def check_package(package: str) -> Reading:
    """Reads a domain package and checks it against every rule.

    Returns:
        The ontology as far as it can be read, and every diagnostic in order of place.

    Raises:
        Misconfigured: There is no such package, or it has no domain.

    Example:
        ```python
        from triptych.services.ontology import check_package

        assert check_package("flights").diagnostics == ()
        ```
    """
    reading = read_package(package)
    found = [*reading.diagnostics, *(each for check in checks for each in check(reading.ontology))]
    if not any(each.severity is Severity.ERROR for each in found):
        found += unreadable_rules(reading.ontology)
    return Reading(reading.ontology, tuple(sorted(found, key=lambda each: (each.file, each.line))))


def read_ontology(package: str) -> Ontology:
    """Reads a domain package that has no mistakes.

    Args:
        package: The name of an importable package, such as `flights`.

    Raises:
        InvalidOntology: The domain has mistakes; all of them are told.
        Misconfigured: There is no such package, or it has no domain.

    Example:
        ```python
        from triptych import read_ontology

        flights = read_ontology("flights")
        assert flights.link("Airport", "departures").target == "Flight"
        ```
    """
    reading = check_package(package)
    if any(each.severity is Severity.ERROR for each in reading.diagnostics):
        raise InvalidOntology(package, reading.diagnostics)
    return reading.ontology
