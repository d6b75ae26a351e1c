"""What a storm must leave as it was: tasks, sockets, places."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Snapshot:
    tasks: int
    sockets: int
    places: int
    """Answers that news servers owe, and exchanges that wait for a place."""

    readers: int
    fetches: int
    connections: int

    @classmethod
    def of(cls, program):
        """What there is now of a running :class:`altmount.program.Program`."""
        return cls(
            tasks=len(asyncio.all_tasks()),
            sockets=_sockets(),
            places=sum(pool.unanswered + pool.queued for pool in program.providers.pools),
            readers=program.store.readers,
            fetches=program.store.in_the_air,
            connections=sum(pool.open_connections for pool in program.providers.pools),
        )

    @property
    def calm(self):
        return not (self.places or self.readers or self.fetches)

    def none_left_since(self, before):
        """Whether nothing is there now that was not before; connections may be kept warm.

        A connection to a news server in the same process is two sockets.
        """
        warm = max(0, self.connections - before.connections)
        return (
            self.calm
            and self.sockets <= before.sockets + 2 * warm
            and self.tasks <= before.tasks + warm  # the news server has one for each
        )


def _sockets():
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found += str(descriptor.readlink()).startswith("socket:")
        except OSError:  # the listing's own
            continue
    return found
