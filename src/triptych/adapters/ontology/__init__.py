"""Reading an ontology from a Python package, and writing it as one document."""

from __future__ import annotations

from triptych.adapters.ontology.document import ontology_document
from triptych.adapters.ontology.reader import Reading, read_package

__all__ = ["Reading", "ontology_document", "read_package"]
