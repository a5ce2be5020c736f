"""What the documents say of the example is what its code says."""

from __future__ import annotations

from pathlib import Path

from triptych import Backend, open_store

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def test_the_matrix_is_that_of_the_code() -> None:
    backend = Backend(open_store("flights", "sqlite:///:memory:"))
    table = backend.permissions.matrix().markdown()
    head, line, *rows = table.splitlines()
    text = (GUIDES / "policies.md").read_text()
    for each in (head, *rows):
        assert each in text, each
    assert line.count("|") == head.count("|")
