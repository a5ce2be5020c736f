"""Runs everything and prints tables in Markdown."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3

from benchmarks import (
    actions,
    growth,
    load,
    lost_updates,
    policies,
    reads,
    review,
    rules,
    startup,
    workers,
)
from benchmarks.data import FOLDER, prepare

DATABASES = ["sqlite", "postgresql"]
SECTIONS = {
    "reads": "Reads",
    "rules": "Questions to 336,776 flights",
    "policies": "Under policies",
    "actions": "Actions",
    "workers": "Several workers",
    "load": "Loading 336,776 flights",
}
ALL = [*SECTIONS, "lost", "startup", "growth", "review"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "only",
        nargs="*",
        help=f"{', '.join(ALL)}; all where none is named",
    )
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--rounds", type=int, default=reads.ROUNDS)
    parser.add_argument("--largest", type=int, default=1_000_000, help="for growth: how far")
    parser.add_argument("--keep", action="store_true", help="use the data of the last run")
    said = parser.parse_args()
    wanted = set(said.only or ALL)
    databases = said.database or DATABASES
    print(
        f"*{os.cpu_count()} cores, CPython {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}; server and load generator share them.*\n"
    )
    # Programs are measured as their users have them: compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    FOLDER.mkdir(parents=True, exist_ok=True)
    if "reads" in wanted and not said.keep:
        prepare(databases)
    for name, title in SECTIONS.items():
        for database in databases if name in wanted else ():
            print(f"## {title}, {database}\n\n{_table(name, database, said)}\n")
    if "lost" in wanted:
        print(f"## 400 concurrent changes of one row\n\n{lost_updates.table(databases)}\n")
    if "growth" in wanted:
        print(f"## Growth, sqlite\n\n{growth.table(said.largest)}\n")
    if "review" in wanted:
        print(f"## Review\n\n{review.table(min(said.rounds, review.ROUNDS))}\n")
    if "startup" in wanted:
        print(f"## Start-up\n\n{startup.table()}\n")


def _table(name: str, database: str, said: argparse.Namespace) -> str:
    """Measures one thing on one database."""
    if name == "reads":
        return reads.table(reads.run(database, said.rounds))
    if name == "rules":
        is_loaded = said.keep or not said.only or "reads" in said.only
        return rules.table(database, is_loaded=is_loaded)
    if name == "policies":
        is_loaded = said.keep or not said.only or bool({"reads", "rules"} & set(said.only))
        return policies.table(database, is_loaded=is_loaded)
    if name == "actions":
        return actions.table(database, said.rounds)
    if name == "workers":
        return workers.table(database, said.rounds)
    return load.table(database)


if __name__ == "__main__":
    main()
