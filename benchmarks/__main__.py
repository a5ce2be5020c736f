"""Runs everything and prints tables in Markdown."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3

from benchmarks import load, lost_updates, reads, rules, startup
from benchmarks.data import FOLDER, prepare

DATABASES = ["sqlite", "postgresql"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "only", nargs="*", help="reads, rules, load, lost, startup; all where none is named"
    )
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--rounds", type=int, default=reads.ROUNDS)
    parser.add_argument("--keep", action="store_true", help="use the data of the last run")
    said = parser.parse_args()
    wanted = set(said.only or ["reads", "rules", "load", "lost", "startup"])
    databases = said.database or DATABASES
    print(
        f"*{os.cpu_count()} cores, CPython {platform.python_version()}, SQLite "
        f"{sqlite3.sqlite_version}; server and load generator share them.*\n"
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    if "reads" in wanted:
        if not said.keep:
            prepare(databases)
        for database in databases:
            print(f"## Reads, {database}\n\n{reads.table(reads.run(database, said.rounds))}\n")
    if "rules" in wanted:
        for database in databases:
            asked = rules.table(database, is_loaded="reads" in wanted or said.keep)
            print(f"## Questions to 336,776 flights, {database}\n\n{asked}\n")
    if "load" in wanted:
        for database in databases:
            print(f"## Loading 336,776 flights, {database}\n\n{load.table(database)}\n")
    if "lost" in wanted:
        print(f"## 400 concurrent changes of one row\n\n{lost_updates.table(databases)}\n")
    if "startup" in wanted:
        print(f"## Start-up\n\n{startup.table()}\n")


main()
