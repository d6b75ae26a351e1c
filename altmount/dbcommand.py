"""The command ``altmount db``: a database is brought up to date, checked, copied to another."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from altmount.config.settings import Settings
from altmount.db import checking, copying
from altmount.db.address import parse_address
from altmount.db.engine import engine_at
from altmount.program import backups_of, open_database, own_database


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do what is asked for; the exit code.

    Raises:
        InvalidRequestError: The address of a database makes no sense.
        NotFoundError: There is nothing to copy.
        DatabaseError: A database is not to be used as it is.
        DatabaseUnavailableError: It cannot be used now, or another process has it.
    """
    match arguments.action:
        case "check":
            return await _check(settings)
        case "copy":
            return await _copy(settings, arguments.target, arguments.source)
        case _:
            return await _upgrade(settings, backup=not arguments.no_backup)


async def _upgrade(settings: Settings, *, backup: bool) -> int:
    """Migrate the database, if there is anything to do; the exit code."""
    async with open_database(settings, backup=backup) as database:
        done = database.upgraded
    if done is None:
        print(f"{database.name} is at its newest revision")
        return 0
    was = f"from revision {done.before}" if done.before else "from nothing"
    print(f"{database.name} was brought {was} to {done.after}")
    if done.backup is not None:
        print(f"what it was is kept as {done.backup}")
    elif done.before:
        print(f"no backup was made; {backups_of(settings)} has those of before")
    return 0


async def _check(settings: Settings) -> int:
    """Tell what is wrong with the database, be it in use or not; the exit code."""
    address = await own_database(settings)
    found = await checking.check(address)
    for said in found:
        print(said, file=sys.stderr)
    if not found:
        print(f"{engine_at(address).name} is sound")
    return 1 if found else 0


async def _copy(settings: Settings, target: str, source: str | None) -> int:
    """Copy the database, or the one at ``source``, to another; the exit code.

    Relative paths start where the command is given.
    """
    here = Path.cwd()
    there = await own_database(settings) if source is None else parse_address(source, here)
    copied = await copying.copy(there, parse_address(target, here), _tell)
    print(f"{copied.source} was copied to {copied.target}, and is as it was")
    if source is None:
        print("have database.url name that one, and start the server again")
    return 0


def _tell(table: str, rows: int) -> None:
    if rows:
        print(f"{rows:>9,} {table}")
