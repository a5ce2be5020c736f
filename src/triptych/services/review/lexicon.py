"""Words and packages by which layers are told: the vocabulary of those who write backends."""

from __future__ import annotations

from triptych.domain.review import Layer

_STRONG, _FAIR, _WEAK = 0.9, 0.6, 0.35

WORDS: dict[str, tuple[Layer, float]] = {
    **dict.fromkeys(
        ["domain", "entities", "entity", "value_objects", "aggregates", "domain_model"],
        (Layer.SEMANTIC, _STRONG),
    ),
    **dict.fromkeys(["model", "models", "events", "enums", "rules"], (Layer.SEMANTIC, _WEAK)),
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
        (Layer.KINETIC, _STRONG),
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
        (Layer.KINETIC, _FAIR),
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
        (Layer.DYNAMIC, _STRONG),
    ),
    **dict.fromkeys(["application", "handlers", "logic", "managers"], (Layer.DYNAMIC, _WEAK)),
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
        (Layer.ENTRY, _STRONG),
    ),
    **dict.fromkeys(["schemas", "schema", "serializers", "commands"], (Layer.ENTRY, _WEAK)),
    **dict.fromkeys(
        ["infrastructure", "logging", "monitoring", "telemetry", "observability", "log"],
        (Layer.PLUMBING, _FAIR),
    ),
    **dict.fromkeys(
        ["utils", "common", "helpers", "shared", "security", "middleware", "middlewares"],
        (Layer.PLUMBING, _WEAK),
    ),
    **dict.fromkeys(
        ["bootstrap", "container", "containers", "wiring", "main", "__main__", "asgi", "wsgi"],
        (Layer.ROOT, _STRONG),
    ),
    **dict.fromkeys(
        ["settings", "config", "configuration", "conf", "dependencies", "deps", "di", "app"],
        (Layer.ROOT, _FAIR),
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
