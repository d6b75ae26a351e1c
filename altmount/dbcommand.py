"""The command ``altmount db``: what can be done with a database while nothing else has it."""

from __future__ import annotations

from altmount.config.settings import Settings
from altmount.program import backups_of, open_database


async def upgrade(settings: Settings, *, backup: bool) -> int:
    """Migrate the database, if there is anything to do; the exit code.

    Raises:
        DatabaseError: It is not to be used as it is, or no backup can be made of it.
        DatabaseUnavailableError: It cannot be used now, or another process has it.
    """
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
