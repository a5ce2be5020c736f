"""Django's settings and models, shared by those peers that use it."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.db import close_old_connections, connections, models, transaction

from benchmarks.data import POSTGRES, SCHEMA, SQLITE_PEERS
from benchmarks.peers import POOL

_server = urlsplit(POSTGRES)
_databases = {
    "sqlite": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": SQLITE_PEERS,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        },
    },
    "postgresql": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _server.path.removeprefix("/"),
        "USER": _server.username,
        "PASSWORD": _server.password or "",
        "HOST": _server.hostname,
        "PORT": _server.port or 5432,
        "OPTIONS": {
            "options": f"-csearch_path={SCHEMA}",
            "pool": {"min_size": POOL, "max_size": POOL, "timeout": 30},
        },
    },
}
settings.configure(
    DATABASES={**_databases, "default": _databases[os.environ.get("DATABASE", "sqlite")]},
    ALLOWED_HOSTS=["127.0.0.1"],
    MIDDLEWARE=[],
    USE_TZ=True,
    ROOT_URLCONF="",
    SECRET_KEY="not a secret: nothing is signed",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
)
django.setup()

__all__ = ["Counter", "FlightRow", "close_old_connections", "connections", "transaction"]


class FlightRow(models.Model):
    class Meta:
        app_label = "benchmarks"
        db_table = "django_flights"
        indexes = (
            models.Index(fields=["origin", "departure", "id"], name="ix_django_flights_list"),
        )

    id = models.UUIDField(primary_key=True)
    carrier = models.TextField()
    number = models.IntegerField()
    plane = models.TextField(null=True)
    origin = models.TextField()
    destination = models.TextField()
    departure = models.DateTimeField()
    arrival = models.DateTimeField(null=True)
    delay = models.DurationField()
    arrival_delay = models.DurationField(null=True)
    air_time = models.DurationField(null=True)
    distance = models.IntegerField()
    status = models.TextField()
    reason = models.TextField(null=True)
    passengers = models.IntegerField(null=True)


class Counter(models.Model):
    TABLE = "django_counters"

    class Meta:
        app_label = "benchmarks"
        db_table = "django_counters"

    id = models.IntegerField(primary_key=True)
    value = models.IntegerField()
