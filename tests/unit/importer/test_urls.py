from __future__ import annotations

import pytest

from altmount.db.urls import UrlRepository
from altmount.errors import InvalidRequestError, ObstacleError
from altmount.importer.duplicates import Policy
from altmount.importer.urls import MAX_URL, UrlQueue, last_part
from altmount.jobs import JobStatus, Priority
from altmount.nzb.packed import Found
from tests.support.sabhouse import opened

URL = "https://indexer.example/a/A%20Film.nzb?apikey=x"


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as house:
        yield house


@pytest.mark.parametrize(
    ("url", "part"),
    [
        (URL, "A Film.nzb"),
        ("https://indexer.example/get/?id=1", "get"),
        ("https://user:secret@indexer.example?id=1", "indexer.example"),
        ("https://indexer.example/#a/b", "indexer.example"),
    ],
)
def test_a_job_is_called_after_its_url_until_its_nzb_is_there(url, part):
    assert last_part(url) == part


async def test_the_same_url_twice_is_one_job_while_it_waits(house):
    first = await house.urls.add(URL, priority=Priority.LOW)
    again = await house.urls.add(URL, "Name", "tv", "secret", priority=Priority.HIGH)
    assert again.id == first.id
    assert (again.name, again.category, again.priority) == ("Name", "TV", Priority.HIGH)
    assert await house.nzbs.passwords(again.release) == ["secret"]
    await house.urls.fetched(again, [Found("A.nzb", b"<nzb/>")])
    assert (await house.urls.add(URL)).id != first.id


async def test_others_that_came_with_it_get_jobs_of_their_own(house):
    job = await house.urls.add(URL, category="tv", priority=Priority.HIGH)
    nzbs = [Found(name, name.encode()) for name in ("One.nzb", "Two.nzb")] + [Found("E", b"")]
    await house.urls.fetched(job, nzbs)
    jobs = {each.name: each for each in await house.jobs.list()}
    assert jobs.keys() == {"One", "Two"}
    assert jobs["One"].id == job.id
    assert (jobs["Two"].category, jobs["Two"].priority) == ("TV", Priority.HIGH)


async def test_where_duplicates_are_refused_so_is_what_a_url_gave(house):
    urls = UrlQueue(
        house.jobs,
        UrlRepository(house.database),
        house.changes,
        house.nzbs,
        house.queue,
        house.categories,
        Policy.REFUSE,
    )
    known = await house.waiting("A Film")
    same = await urls.add(URL)
    with pytest.raises(ObstacleError, match=rf"is queued already \(job {known.id}\)"):
        await urls.fetched(same, [Found("a film.nzb", b"<nzb/>")])
    other = await urls.add(f"{URL}2", "A Series")
    await urls.fetched(other, [Found("A Film.nzb", b"<nzb/>")])
    assert not (await house.jobs.get(other.id)).lacks_nzb


async def test_nothing_is_kept_of_what_nobody_wants_any_more(house):
    job = await house.urls.add(URL)
    await house.queue.remove(frozenset(JobStatus), None)
    await house.urls.fetched(job, [Found("A.nzb", b"<nzb/>")])
    assert not house.nzbs.path(job.release).exists()
    assert await house.jobs.list() == []


async def test_what_is_no_url_is_refused(house):
    for url in ("", "nonsense", "ftp://a/b", f"https://a/{'x' * MAX_URL}"):
        with pytest.raises(InvalidRequestError):
            await house.urls.add(url)
