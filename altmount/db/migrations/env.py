"""Run by Alembic: migrates the connection that it is given, in the transaction it is in."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
