"""A database of somebody else becomes a project that has its rows."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from tests.e2e.test_new import verified
from triptych.domain.drafts import Role
from triptych.domain.errors import Misconfigured
from triptych.domain.projects import ProjectName
from triptych.services.projects import Made, Origin, new_project

POSTGRES = """
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE TABLE "Customers" (
    id serial PRIMARY KEY, name text NOT NULL UNIQUE, mood mood NOT NULL DEFAULT 'calm',
    "createdAt" timestamptz NOT NULL DEFAULT now(), tags text[], about jsonb, _secret text
);
COMMENT ON TABLE "Customers" IS 'Who buys. They are many.';
COMMENT ON COLUMN "Customers".name IS 'As they sign';
CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer_id int NOT NULL REFERENCES "Customers",
    total numeric(10, 2) NOT NULL, state text NOT NULL CHECK (state IN ('open', 'it''s paid')),
    due date, lasts interval, at time, picture bytea, is_gift bool NOT NULL, weight float8,
    number int NOT NULL, year int NOT NULL CHECK (year > 0 AND year IN (2025, 2026)), note text,
    CONSTRAINT one_number UNIQUE (year, number)
);
CREATE UNIQUE INDEX one_due ON orders (customer_id) WHERE state = 'open';
CREATE TABLE lines (
    "order" uuid REFERENCES orders, customer int REFERENCES "Customers", count int NOT NULL,
    PRIMARY KEY ("order", customer)
);
CREATE TABLE visits (
    year int, number int, note text, FOREIGN KEY (year, number) REFERENCES orders (year, number)
);
CREATE TABLE triptych_entries (id int);
CREATE TABLE odd (tags text[]);
CREATE TABLE "../over there" (id int PRIMARY KEY, "a b" text);
INSERT INTO "../over there" VALUES (1, 'x');
INSERT INTO "Customers" (name) VALUES ('Ada'), ('Bob, the "builder"'), ('');
INSERT INTO orders (customer_id, total, state, due, lasts, at, picture, is_gift, weight, number, year)
SELECT 1 + n % 3, n * 1.25, CASE WHEN n < 1 THEN 'open' ELSE 'it''s paid' END, '2026-11-26',
    '1 day 02:00', '10:30', '\\x00ff', n % 2 = 0, 1.5, n, 2026 FROM generate_series(0, 39) n;
INSERT INTO lines SELECT id, customer_id, 2 FROM orders;
INSERT INTO visits VALUES (2026, 1, 'a'), (2026, 2, NULL);
"""
SQLITE = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, since TEXT, ok BOOLEAN);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, total NUMERIC,
    at TEXT NOT NULL, raw BLOB, state TEXT CHECK ("state" IN ('a', 'b')));
CREATE TABLE customers__history (id INTEGER);
INSERT INTO customers VALUES (1, 'Ada', '2026-11-26', 1), (2, 'Bob', NULL, 0);
INSERT INTO orders VALUES (1, 2, 1.5, '2026-11-26T10:00:00Z', x'00ff', 'a');
"""


def make_sqlite(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SQLITE)
    connection.close()
    return f"sqlite:///{path}"


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(POSTGRES)
    finally:
        await connection.close()


def fields(made: Made, name: str) -> dict[str, str]:
    assert made.draft is not None
    found = next(each for each in made.draft.classes if each.name == name)
    return {each.name: each.annotation for each in found.fields}


def test_postgres_becomes_a_project_with_its_rows(postgres_url: str, tmp_path: Path) -> None:
    asyncio.run(_prepare(postgres_url))
    seen: dict[str, int] = {}
    made = new_project(
        ProjectName("shop"), tmp_path, Origin((postgres_url,), True, seen.__setitem__)
    )
    assert seen == {"Customers": 3, "lines": 40, "orders": 40, "visits": 2, "../over there": 1}
    assert fields(made, "Customer") == {
        "id": "CustomerId",
        "name": "str",
        "mood": "CustomerMood",
        "created_at": "datetime",
    }
    assert fields(made, "Order") == {
        "id": "OrderId",
        "customer": "CustomerId",
        "total": "Decimal",
        "state": "OrderState",
        "due": "date | None",
        "lasts": "timedelta | None",
        "at": "time | None",
        "picture": "bytes | None",
        "is_gift": "bool",
        "weight": "float | None",
        "number": "int",
        "year": "int",
        "note": "str | None",
    }
    assert made.draft is not None
    roles = {each.name: each.role for each in made.draft.classes}
    assert roles["Line"] is Role.RELATIONSHIP
    assert roles["Visit"] is Role.ENTITY
    customer = next(each for each in made.draft.classes if each.name == "Customer")
    assert (customer.about, customer.unique) == ("Who buys.", (("name",),))
    told = "\n".join(map(str, made.draft.doubts))
    assert "Customers.tags: ARRAY" in told
    assert "visits.year, number: lead to orders together" in told
    found = verified(made.folder, "ontology", "format", "lint", "types", "tests", "coverage")
    assert set(found.values()) == {"passed"}


def test_sqlite_becomes_a_project_with_its_rows(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "old.db")
    made = new_project(ProjectName("shop"), tmp_path, Origin((url,)))
    assert fields(made, "Customer")["since"] == "date | None"
    assert fields(made, "Order") == {
        "id": "OrderId",
        "customer": "CustomerId",
        "total": "Decimal | None",
        "at": "datetime",
        "raw": "bytes | None",
        "state": "OrderState | None",
    }
    assert set(verified(made.folder, "ontology", "format").values()) == {"passed"}


def test_a_domain_without_the_rows(tmp_path: Path) -> None:
    url = make_sqlite(tmp_path / "old.db")
    made = new_project(ProjectName("shop"), tmp_path, Origin((url,), with_rows=False))
    assert not (made.folder / "data").exists()
    assert fields(made, "Order")["at"] == "datetime"
    found = verified(made.folder, "ontology", "format", "lint", "types")
    assert set(found.values()) == {"passed"}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////nowhere/old.db", "there is no file"),
        ("postgresql://nobody:secret@127.0.0.1:1/x", r"\*\*\*@127\.0\.0\.1:1/x cannot be read"),
        ("strange://x", "cannot be read|driver is not installed"),
        ("mysql+strange://x", "cannot be read|driver is not installed"),
        ("://", "cannot be read"),
    ],
)
def test_what_cannot_be_reached_is_told(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(Misconfigured, match=told) as refused:
        new_project(ProjectName("shop"), tmp_path, Origin((url,)))
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []
