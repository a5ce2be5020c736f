"""Reading and checking an ontology."""

from __future__ import annotations

from triptych.services.ontology.reading import check_package, read_ontology

__all__ = ["check_package", "read_ontology"]
