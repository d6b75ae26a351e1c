"""What becomes of an NZB that was handed in before."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from typing import Protocol

from altmount.errors import ObstacleError
from altmount.jobs import OPEN, WAITING, Job, JobStatus


class Policy(enum.StrEnum):
    """What the user wants of it."""

    UPDATE = "update"  #: A job that waits takes it over; where none does, it is a new job.
    REFUSE = "refuse"  #: It is refused, unless the one before has failed.
    ALLOW = "allow"  #: It is a job like any other.


_LOOKED_AT: Mapping[Policy, Collection[JobStatus]] = {
    Policy.UPDATE: WAITING,
    Policy.REFUSE: OPEN | {JobStatus.COMPLETED},
    Policy.ALLOW: (),
}


class KnownJobs(Protocol):
    """The jobs that are stored, as far as telling what is known needs them."""

    async def like(
        self,
        name: str,
        category: str | None,
        digest: str,
        statuses: Collection[JobStatus],
        *,
        but: int | None = None,
    ) -> Job | None: ...


async def before(
    jobs: KnownJobs,
    policy: Policy,
    name: str,
    category: str | None,
    digest: str,
    *,
    own: int | None = None,
) -> Job | None:
    """The job that takes an NZB over; ``None`` if it is to have one of its own.

    If it has its ``own`` already, that is not meant.

    It is the same if its contents are, or its name and its category.

    Raises:
        ObstacleError: It is refused.
    """
    statuses = _LOOKED_AT[policy]
    if not statuses:
        return None
    same = await jobs.like(name, category, digest, statuses, but=own)
    if same is None or policy is Policy.UPDATE:
        return same
    where = (
        f"was imported already, to {same.path}"
        if same.status is JobStatus.COMPLETED
        else f"is {same.status} already"
    )
    raise ObstacleError(
        f"{name!r} {where} (job {same.id});"
        " remove that job first, or set import.duplicates to allow"
    )
