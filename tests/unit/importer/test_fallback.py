from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from altmount.fetch.errors import FetchRefusedError
from altmount.importer.fallback import Fallback
from altmount.importer.nzbstore import NzbStore
from altmount.importer.refusals import Reason, Refusal
from altmount.jobs import Job, JobStatus, Priority

JOB = Job(
    1,
    "a" * 32,
    "A Film",
    "TV",
    JobStatus.RUNNING,
    datetime(2026, 1, 1, tzinfo=UTC),
    priority=Priority.HIGH,
)
REFUSAL = Refusal(Reason.ARTICLES_MISSING, "3 articles are missing")


class Other:
    """A downloader that takes what comes, unless it has a reason not to."""

    base = "http://sab"

    def __init__(self):
        self.taken = []
        self.error = None

    async def add(self, *nzb):
        if self.error:
            raise self.error
        self.taken.append(nzb)
        return "x"


@pytest.fixture
def other():
    return Other()


@pytest.fixture
def nzbs(tmp_path):
    return NzbStore(tmp_path)


async def test_what_is_refused_is_handed_on_as_it_came_with_its_password(nzbs, other):
    await nzbs.keep(JOB.release, gzip.compress(b"<nzb/>"))
    await nzbs.keep_password(JOB.release, "older")
    await nzbs.keep_password(JOB.release, "newer")
    said = await Fallback(nzbs, other).hand_on(JOB, REFUSAL)
    assert other.taken == [(b"<nzb/>", "A Film", "TV", 1, "newer")]
    assert said.code is Reason.HANDED_ON
    assert str(said) == "http://sab has it now, as x, since here 3 articles are missing"


@pytest.mark.parametrize("kept", [True, False])
async def test_what_cannot_be_handed_on_is_refused_as_it_was(nzbs, other, kept):
    if kept:
        await nzbs.keep(JOB.release, b"<nzb/>")
    other.error = FetchRefusedError("http://sab says: no")
    said = await Fallback(nzbs, other).hand_on(JOB, REFUSAL)
    assert said.code is Reason.ARTICLES_MISSING
    assert str(said).startswith("3 articles are missing; nor is it handed on: ")
    assert other.taken == []
