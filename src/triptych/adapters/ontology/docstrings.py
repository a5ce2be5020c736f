"""What a docstring says: one summary, and a sentence for each attribute."""

from __future__ import annotations

import ast

import docstring_parser


def summary_of(node: ast.ClassDef | ast.FunctionDef | ast.Module) -> str:
    """Returns the first paragraph of a docstring as one line; empty where there is none.

    Example:
        ```python
        import ast

        from triptych.adapters.ontology.docstrings import summary_of

        module = ast.parse("'One thing, told in one line.'")
        assert summary_of(module) == "One thing, told in one line."
        ```
    """
    text = ast.get_docstring(node) or ""
    return " ".join(text.partition("\n\n")[0].split())


def attributes_of(node: ast.ClassDef) -> dict[str, str]:
    """Returns what a class docstring's `Attributes:` says of each."""
    text = ast.get_docstring(node)
    if not text or "Attributes:" not in text:
        return {}
    parsed = docstring_parser.parse(text, docstring_parser.DocstringStyle.GOOGLE)
    return {
        each.arg_name: " ".join((each.description or "").split())
        for each in parsed.params
        if each.args[0] == "attribute"
    }
