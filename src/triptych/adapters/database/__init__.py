"""Databases: one small protocol, and what fulfils it."""
