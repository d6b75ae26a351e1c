from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from altmount.jobs import JobStatus, Priority
from altmount.sabnzbd.adding import priority_of
from altmount.sabnzbd.slots import nzo_id
from tests.support.sabhouse import MAX_NZB, calling, opened

NZB = b"<nzb>film</nzb>"


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as house:
        yield house


def packed(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.nzb", data)
    return file.getvalue()


@pytest.mark.parametrize("field", ["name", "nzbfile"])
async def test_an_nzb_that_is_handed_in_waits_in_the_queue(house, field):
    async with calling(house) as client:
        said = await client.send(NZB, field=field, cat="tv", priority="-100")
        [job] = await house.jobs.list()
        assert said == {"status": True, "nzo_ids": [nzo_id(job)]}
        assert (job.name, job.category, job.priority) == ("A.Film", "TV", Priority.NORMAL)
        assert house.kept(job) == NZB


async def test_the_name_the_priority_and_the_password_that_are_asked_for_count(house):
    async with calling(house) as client:
        asked = {"nzbname": "Better", "priority": "2", "password": "secret"}
        await client.send(gzip.compress(NZB), **asked)
        [job] = await house.jobs.list()
        assert (job.name, job.priority) == ("Better", Priority.FORCE)
        assert await house.nzbs.passwords(job.release) == ["secret"]


@pytest.mark.parametrize("priority", ["-2", "paused"])
async def test_a_job_may_be_handed_in_paused(house, priority):
    async with calling(house) as client:
        await client.send(NZB, priority=priority)
        [job] = await house.jobs.list()
        assert job.status is JobStatus.PAUSED


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("force", Priority.FORCE),
        ("High", Priority.HIGH),
        ("1", Priority.HIGH),
        ("0", Priority.NORMAL),
        ("low", Priority.LOW),
        ("-1", Priority.LOW),
        ("-100", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_a_priority_is_a_number_or_a_word(text, priority):
    assert priority_of(text) is priority


async def test_a_category_has_a_priority_of_its_own(house):
    async with calling(house) as client:
        await client.send(NZB, cat="movies")
        [job] = await house.jobs.list()
        assert (job.category, job.priority) == ("Movies", Priority.HIGH)


@pytest.mark.parametrize("category", ["unknown", "*", "Default", "none", ""])
async def test_a_category_that_there_is_not_is_none_as_sabnzbd_has_it(house, category, caplog):
    async with calling(house) as client:
        assert (await client.send(NZB, cat=category))["status"] is True
        [job] = await house.jobs.list()
        assert job.category is None
    assert ("sabnzbd.categories" in caplog.text) == (category == "unknown")


async def test_a_zip_is_as_many_jobs_as_it_has_nzbs(house):
    async with calling(house) as client:
        said = await client.send(packed(One=b"1", Two=b"2"), "all.zip", cat="tv", nzbname="Unused")
        jobs = sorted(await house.jobs.list(), key=lambda job: job.id)
        assert said["nzo_ids"] == [nzo_id(job) for job in jobs]
        assert [(job.name, job.category) for job in jobs] == [("One", "TV"), ("Two", "TV")]
        said = await client.send(packed(), "none.zip")
        assert said["status"] is False


async def test_what_is_no_nzb_of_ours_is_refused_in_the_answer(house):
    async with calling(house) as client:
        said = await client.ask("addfile")
        assert said == {"status": False, "error": "No NZB file provided"}
        said = await client.send(b"x" * (MAX_NZB + 1))
        assert said == {"status": False, "error": f"name has more than {MAX_NZB} bytes"}
        said = await client.send(b"")
        assert said["status"] is False
        assert await house.jobs.list() == []


async def test_the_same_nzb_twice_is_one_job_while_that_waits(house):
    async with calling(house) as client:
        first = await client.send(NZB)
        assert await client.send(NZB) == first
        assert len(await house.jobs.list()) == 1


async def test_a_url_is_a_job_at_once_whose_nzb_is_yet_to_be_fetched(house):
    async with calling(house) as client:
        url = "https://indexer.example/get/A.Film.nzb?apikey=secret"
        said = await client.ask("addurl", name=url, cat="tv", priority="1", password="p")
        [job] = await house.jobs.list()
        assert said == {"status": True, "nzo_ids": [nzo_id(job)]}
        assert (job.name, job.category, job.priority) == ("A.Film", "TV", Priority.HIGH)
        assert job.url == url
        assert await house.jobs.claim() is None  # nothing to import yet
        [slot] = (await client.ask("queue"))["queue"]["slots"]
        assert (slot["status"], slot["nzo_id"]) == ("Grabbing", nzo_id(job))
        assert "secret" not in str(slot)
        assert await client.ask("addurl", name=url) == said  # and not fetched twice


async def test_what_is_no_url_is_refused(house):
    async with calling(house) as client:
        said = await client.ask("addurl")
        assert said == {"status": False, "error": "URL parameter 'name' required"}
        for url in ("nonsense", "ftp://a.example/b.nzb", "file:///etc/passwd", "http:"):
            said = await client.ask("addurl", name=url)
            assert said["status"] is False, url
        assert await house.jobs.list() == []


async def test_a_file_of_a_folder_that_is_listed_is_taken_and_stays(house):
    path = house.local / "below" / "A.Film.nzb"
    path.parent.mkdir()
    path.write_bytes(NZB)
    async with calling(house) as client:
        said = await client.ask("addlocalfile", name=str(path), cat="tv")
        [job] = await house.jobs.list()
        assert said == {"status": True, "nzo_ids": [nzo_id(job)]}
        assert (job.name, job.category) == ("A.Film", "TV")
    assert path.read_bytes() == NZB


async def test_no_file_is_read_outside_of_the_folders_that_are_listed(house):
    outside = house.folder / "outside.nzb"
    outside.write_bytes(NZB)
    (house.folder / "local2").mkdir()
    (house.folder / "local2" / "a.nzb").write_bytes(NZB)
    (house.local / "link.nzb").symlink_to(outside)
    (house.local / "folder").symlink_to(house.folder)
    (house.local / "loop.nzb").symlink_to(house.local / "loop.nzb")
    async with calling(house) as client:
        for name in (
            str(outside),
            str(house.local / ".." / "outside.nzb"),
            str(house.folder / "local2" / "a.nzb"),
            str(house.local / "link.nzb"),
            str(house.local / "folder" / "outside.nzb"),
            str(house.local / "loop.nzb"),
            str(house.local / "missing.nzb"),
            str(house.local),
            "local/missing.nzb",
            "/dev/zero",
            "a\0b",
            "x" * 5000,
        ):
            said = await client.ask("addlocalfile", name=name)
            assert said == {"status": False, "error": "file does not exist"}, name
        said = await client.ask("addlocalfile")
        assert said == {"status": False, "error": "expects one parameter"}
        assert await house.jobs.list() == []


async def test_a_local_file_must_be_an_nzb_by_its_name_and_not_too_large(house):
    (house.local / "a.txt").write_bytes(NZB)
    (house.local / "large.nzb").write_bytes(b"x" * (MAX_NZB + 1))
    async with calling(house) as client:
        said = await client.ask("addlocalfile", name=str(house.local / "a.txt"))
        assert said == {"status": False, "error": "no file given"}
        said = await client.ask("addlocalfile", name=str(house.local / "large.nzb"))
        assert str(MAX_NZB) in said["error"]
