"""The states that the schema has gone through, and how a database gets to the newest.

Alembic is imported only when there is something to do: it costs 70 ms and 11 MiB.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from altmount.db.errors import NewerDatabaseError


@dataclass(frozen=True, slots=True)
class Revisions:
    """A folder of migrations: ``versions/0001_what_it_does.py`` and so on, in order."""

    folder: Path

    @property
    def known(self) -> list[str]:
        """Their numbers, the newest last."""
        files = self.folder.joinpath("versions").glob("[0-9]*_*.py")
        return sorted(file.name.partition("_")[0] for file in files)

    def pending(self, current: str | None) -> bool:
        """Whether a database at ``current``, ``None`` for an empty one, is to be migrated.

        Raises:
            NewerDatabaseError: It is further than this program.
        """
        known = self.known
        if current is not None and current not in known:
            raise NewerDatabaseError(
                f"the database is of revision {current}, this version of altmount knows {known[-1]}"
                " at most; install the newer version again, or restore the copy of the database"
                " that was kept before it was migrated (docs/guide/database.md)"
            )
        return current != known[-1]

    def migrate(self, connection: Connection) -> None:
        """Bring a database to the newest revision, in the transaction that is open."""
        from alembic import command  # noqa: PLC0415 - see above
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(self.folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


REVISIONS = Revisions(Path(__file__).with_name("migrations"))
"""Those of this program."""
