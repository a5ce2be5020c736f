"""Expressions, read from Python's source."""
