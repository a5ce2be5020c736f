"""Words and packages by which layers are told: the vocabulary of those who write backends."""

from __future__ import annotations

from triptych.domain.review import Layer

STRONG, FAIR, WEAK = 0.9, 0.6, 0.35
"""How surely a word tells a layer: outright, usually, or only where nothing speaks against it."""

WORDS: dict[str, tuple[Layer, float]] = {
    **dict.fromkeys(
        ["domain", "entities", "entity", "value_objects", "aggregates", "domain_model"],
        (Layer.SEMANTIC, STRONG),
    ),
    **dict.fromkeys(["model", "models", "events", "enums", "rules"], (Layer.SEMANTIC, WEAK)),
    **dict.fromkeys(
        [
            "adapters",
            "repositories",
            "repository",
            "persistence",
            "dao",
            "external_apis",
            "file_parsers",
            "message_queues",
            "gateways",
            "data_access",
            "repos",
        ],
        (Layer.KINETIC, STRONG),
    ),
    **dict.fromkeys(
        [
            "db",
            "database",
            "orm",
            "storage",
            "clients",
            "crud",
            "migrations",
            "alembic",
            "integrations",
            "providers",
            "connectors",
            "tables",
            "queries",
        ],
        (Layer.KINETIC, FAIR),
    ),
    **dict.fromkeys(
        [
            "services",
            "service",
            "service_layer",
            "use_cases",
            "usecases",
            "business_logic",
            "workflows",
            "orchestration",
            "interactors",
            "policies",
        ],
        (Layer.DYNAMIC, STRONG),
    ),
    **dict.fromkeys(["application", "handlers", "logic", "managers"], (Layer.DYNAMIC, WEAK)),
    **dict.fromkeys(
        [
            "api",
            "routers",
            "routes",
            "endpoints",
            "views",
            "controllers",
            "cli",
            "web",
            "http",
            "graphql",
            "rest",
            "entrypoints",
            "webhooks",
            "presentation",
            "resources",
        ],
        (Layer.ENTRY, STRONG),
    ),
    **dict.fromkeys(
        ["infrastructure", "logging", "monitoring", "telemetry", "observability", "log"],
        (Layer.PLUMBING, FAIR),
    ),
    **dict.fromkeys(
        ["utils", "common", "helpers", "shared", "security", "middleware", "middlewares"],
        (Layer.PLUMBING, WEAK),
    ),
    **dict.fromkeys(
        ["bootstrap", "container", "containers", "wiring", "main", "__main__", "asgi", "wsgi"],
        (Layer.ROOT, STRONG),
    ),
    **dict.fromkeys(
        ["settings", "config", "configuration", "conf", "dependencies", "deps", "di", "app"],
        (Layer.ROOT, FAIR),
    ),
}
WEB = frozenset(
    {"fastapi", "starlette", "flask", "litestar", "sanic", "quart", "falcon", "bottle", "pyramid"}
)
TERMINAL = frozenset({"typer", "click", "cyclopts"})
ORM = frozenset({"sqlalchemy", "sqlmodel", "tortoise", "peewee", "pony", "beanie", "mongoengine"})
DRIVERS = frozenset(
    {
        "asyncpg", "psycopg", "psycopg2", "pymysql", "aiomysql", "sqlite3", "aiosqlite", "motor",
        "pymongo", "redis", "boto3", "botocore", "aioboto3", "kafka", "aiokafka", "pika",
        "aio_pika", "nats", "elasticsearch", "opensearchpy", "smtplib", "aiosmtplib", "stripe",
        "celery", "minio", "clickhouse_driver",
    }
)  # fmt: skip
CLIENTS = frozenset({"httpx", "requests", "aiohttp", "urllib3", "httpx2", "grpc"})
CRYPTO = frozenset({"jwt", "jose", "passlib", "bcrypt", "cryptography", "argon2"})
OUTSIDE = ORM | DRIVERS | CLIENTS
PLAIN = frozenset({"typing_extensions", "attr", "attrs"})
PORTS = ("Repository", "Repo", "Gateway", "UnitOfWork", "Uow", "Port", "Publisher", "Store")
