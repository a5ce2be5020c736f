"""Triptych, as `triptych serve` runs it."""

from __future__ import annotations

import os

from benchmarks.data import our_url
from triptych import open_store
from triptych.api.application import Application
from triptych.infrastructure.configuration import Settings
from triptych.infrastructure.logging import configure_logging
from triptych.services.objects import Browser

configure_logging("info", is_json=True)
app = Application(
    Browser(open_store("flights", our_url(os.environ["DATABASE"]))),
    Settings(actor="bench:dispatcher", relay=os.environ.get("RELAY") != "no"),
)
