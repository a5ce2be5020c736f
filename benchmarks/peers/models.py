"""SQLAlchemy's models, statements and engines, shared by those peers that use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.data import POSTGRES, SCHEMA, SQLITE_PEERS
from benchmarks.peers import POOL


class Base(DeclarativeBase):
    type_annotation_map: ClassVar = {datetime: sa.DateTime(timezone=True), str: sa.Text}


class FlightRow(Base):
    __tablename__ = "flights"
    __table_args__ = (sa.Index("ix_flights_list", "origin", "departure", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    carrier: Mapped[str]
    number: Mapped[int]
    plane: Mapped[str | None]
    origin: Mapped[str]
    destination: Mapped[str]
    departure: Mapped[datetime]
    arrival: Mapped[datetime | None]
    delay: Mapped[timedelta]
    arrival_delay: Mapped[timedelta | None]
    air_time: Mapped[timedelta | None]
    distance: Mapped[int]
    status: Mapped[str]
    reason: Mapped[str | None]
    passengers: Mapped[int | None]


class HistoryRow(Base):
    """A flight as it was before an action."""

    __tablename__ = "history"

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    flight: Mapped[UUID] = mapped_column(index=True)
    row: Mapped[dict[str, Any]] = mapped_column(sa.JSON)


class AuditRow(Base):
    """Who did what."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    correlation: Mapped[str] = mapped_column(index=True)


class OutboxRow(Base):
    """What has happened, for whoever is to hear of it."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True
    )
    type: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    is_sent: Mapped[bool] = mapped_column(default=False, index=True)


class Counter(Base):
    __tablename__ = "counters"

    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]


TABLE = FlightRow.__table__
GET = sa.select(TABLE).where(TABLE.c.id == sa.bindparam("id"))
LIST = (
    sa.select(TABLE)
    .where(
        TABLE.c.origin == sa.bindparam("origin"),
        TABLE.c.departure >= sa.bindparam("since"),
        TABLE.c.departure < sa.bindparam("until"),
    )
    .order_by(TABLE.c.departure, TABLE.c.id)
    .limit(sa.bindparam("n"))
)


@dataclass(frozen=True, slots=True)
class Flight:
    id: UUID
    carrier: str
    number: int
    plane: str | None
    origin: str
    destination: str
    departure: datetime
    arrival: datetime | None
    delay: timedelta
    arrival_delay: timedelta | None
    air_time: timedelta | None
    distance: int
    status: str
    reason: str | None
    passengers: int | None


def pragmas(engine: sa.Engine) -> None:
    """Sets what every guide on SQLite says."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for each in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000"):
            cursor.execute(f"PRAGMA {each}")
        cursor.close()


def async_engine(database: str, path: Any = SQLITE_PEERS) -> AsyncEngine:
    """Makes the engine as the documentation shows it."""
    if database == "postgresql":
        url = POSTGRES.replace("postgresql://", "postgresql+asyncpg://")
        settings = {"server_settings": {"search_path": SCHEMA}}
        return create_async_engine(url, pool_size=POOL, max_overflow=0, connect_args=settings)
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=5, max_overflow=0)
    pragmas(engine.sync_engine)
    return engine


def sync_engine(database: str) -> sa.Engine:
    """Makes the engine that loads the data."""
    if database == "postgresql":
        url = POSTGRES.replace("postgresql://", "postgresql+psycopg://")
        return sa.create_engine(url, connect_args={"options": f"-csearch_path={SCHEMA}"})
    engine = sa.create_engine(f"sqlite:///{SQLITE_PEERS}")
    pragmas(engine)
    return engine
