"""The `flights` program."""

from __future__ import annotations

import sys

from triptych.cli.main import application


def main() -> int:
    """Runs it."""
    return application("flights", "Flights out of New York in 2013.").run(sys.argv[1:])
