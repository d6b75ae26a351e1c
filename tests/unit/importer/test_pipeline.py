from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from altmount.articles import ArticleUnavailableError
from altmount.errors import NotFoundError
from altmount.importer.progress import Progress, Stage
from altmount.importer.refusals import Reason, Refusal
from altmount.importer.running import Running
from altmount.importer.worker import Worker
from altmount.jobs import JobStatus
from altmount.library.paths import ROOT
from tests.support.house import RULES, opened
from tests.support.par2s import par2_index
from tests.support.posts import Pattern
from tests.support.rars import File, rar5

MKV = b"\x1a\x45\xdf\xa3"
HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as made:
        yield made


async def test_a_film_is_there_byte_for_byte_at_the_cost_of_one_article(house):
    film = Pattern(99_999, 1, MKV)
    house.posts.post("Some.Film.2024.mkv", film, 700)

    job = await house.imported()

    assert house.posts.bodies.total() == 1
    assert 2 <= house.posts.stats.total() <= 7
    assert (job.status, job.path, job.size) == (JobStatus.COMPLETED, "/complete/The Title", 99_999)
    [(path, file)] = (await house.files()).items()
    assert (path, file.size) == ("/complete/The Title/The Title.mkv", 99_999)
    assert await house.read(file) == film[:]


async def test_several_files_a_cut_one_and_what_goes_with_them(house):
    episode, cut = Pattern(5_000, 1, MKV), Pattern(7_777, 2, MKV)
    house.posts.post("Show.S01E02.mkv.002", cut[3_000:], 500)
    house.posts.post("Show.S01E01.mkv", episode, 700)
    house.posts.post("Show.S01E02.mkv.001", cut[:3_000], 400)
    house.posts.post("Show.nfo", b"about the show")
    house.posts.post("Show.S01.par2", par2_index({"Show.S01E01.mkv": episode}))

    await house.imported(name="Show.S01.nzb", category="TV")

    files = await house.files()
    folder = "/complete/shows/Show.S01/"
    assert {path.removeprefix(folder) for path in files} == {
        "Show.S01E01.mkv",
        "Show.S01E02.mkv",
        "Show.nfo",
    }
    assert await house.read(files[folder + "Show.S01E01.mkv"]) == episode[:]
    assert await house.read(files[folder + "Show.S01E02.mkv"]) == cut[:]


async def test_names_that_hide_are_found_in_the_par2_index(house):
    films = {f"Show.S01E0{number}.mkv": Pattern(50_000, number, MKV) for number in (1, 2)}
    for number, film in enumerate(films.values()):
        house.posts.post(HEX[:-1] + str(number), film, 20_000, yenc_name="x")
    house.posts.post(HEX[:-1] + "f", par2_index(films), 300, yenc_name="y")

    await house.imported()

    files = await house.files()
    for name, film in films.items():
        assert await house.read(files[f"/complete/The Title/{name}"]) == film[:]


async def test_the_same_nzb_twice_is_there_twice(house):
    house.posts.post("Some.Film.2024.mkv", Pattern(2_000, 1, MKV))
    first, second = await house.imported(), await house.imported()
    assert (first.path, second.path) == ("/complete/The Title", "/complete/The Title_1")
    assert len(await house.files()) == 2


async def test_files_of_the_same_name_are_numbered(house):
    for number in range(3):
        house.posts.post(f"{number}/Show.S01E01.mkv", Pattern(2_000, number, MKV))
    await house.imported()
    assert [path.rpartition("/")[2] for path in await house.files()] == [
        "Show.S01E01.mkv",
        "Show.S01E01_1.mkv",
        "Show.S01E01_2.mkv",
    ]


async def test_a_file_is_as_old_as_its_post(house):
    posted = house.posts.post("Some.Film.2024.mkv", Pattern(2_000, 1, MKV))
    await house.imported()
    [file] = (await house.files()).values()
    assert file.modified == posted.posted


async def test_what_is_refused_leaves_nothing_to_be_seen(house):
    film = house.posts.post("Some.Film.2024.mkv", Pattern(2_000, 1, MKV))
    house.posts.take_down(film)
    job = await house.claimed()
    with pytest.raises(Refusal) as refused:
        await house.pipeline.run(job)
    assert refused.value.code is Reason.ARTICLES_MISSING
    with pytest.raises(NotFoundError):
        await house.library.find("/complete")


@pytest.mark.parametrize("index", [0, 4])
async def test_providers_that_fail_during_the_par2_index_are_not_a_refusal(house, index):
    house.posts.post(HEX, Pattern(50_000, 1, MKV), 20_000)
    sizes = [300, 200, 311, 90, 200]
    par2 = par2_index({"Some.Film.mkv": Pattern(50_000, 1, MKV)}) + bytes(2_000)
    sizes.append(len(par2) - sum(sizes))
    posted = house.posts.post("x.par2", par2, sizes=sizes, encoded=False)
    message_id = posted.segments.message_id(index)
    job = await house.claimed()
    house.posts.errors[message_id] = ArticleUnavailableError(message_id, "timed out")
    with pytest.raises(ArticleUnavailableError):
        await house.pipeline.run(job)


async def test_a_worker_imports_refuses_and_goes_on(house, tmp_path):
    worker = Worker(
        house.jobs, house.queue, Running(), house.pipeline.run, withdraw=house.library.withdraw
    )
    working = asyncio.create_task(worker.run())
    try:
        bad = await house.queue.add(b"<html>too many requests</html>", "bad.nzb")
        house.posts.post("Some.Film.2024.mkv", Pattern(2_000, 1, MKV))
        good = await house.queue.add(house.posts.xml, "good.nzb")
        async with asyncio.timeout(20):
            while (await house.jobs.get(good.id)).status is not JobStatus.COMPLETED:
                await asyncio.sleep(0)
            while (await house.jobs.get(bad.id)).status is not JobStatus.FAILED:
                await asyncio.sleep(0)
    finally:
        working.cancel()
        await asyncio.wait([working])
    assert len(await house.files()) == 1


async def nothing_half(house):
    """Every job is queued or completed, and just the completed ones can be seen, whole."""
    jobs = await house.jobs.list(limit=10_000)
    assert {job.status for job in jobs} <= {JobStatus.QUEUED, JobStatus.COMPLETED}
    completed = [job for job in jobs if job.status is JobStatus.COMPLETED]
    seen = await house.files() if completed else {}
    assert sorted({path.rpartition("/")[0] for path in seen}) == sorted(
        job.path for job in completed
    )
    assert len(seen) == 2 * len(completed)
    if not completed:
        assert await house.library.children(ROOT) == []


def two_episodes(posts):
    for number in (1, 2):
        posts.post(f"Show.S01E0{number}.mkv", Pattern(300, number, MKV), 100)


def sweep():
    """After how many steps to stop: each of the first, where most happens, then fewer."""
    steps = 0
    while True:
        yield steps
        steps += 1 + steps // 25  # a thread that is waited for takes very many


async def test_stopped_at_any_step_nothing_half_is_seen_and_the_next_start_imports_it(house):
    two_episodes(house.posts)
    imported = asyncio.Event()

    async def run(job):
        await house.pipeline.run(job)
        imported.set()

    await house.queue.add(house.posts.xml, "Show.nzb")
    for steps in sweep():
        worker = Worker(house.jobs, house.queue, Running(), run, withdraw=house.library.withdraw)
        working = asyncio.create_task(worker.run())
        for _ in range(steps):
            if imported.is_set():
                break
            await asyncio.sleep(0)
        ran_to_its_end = imported.is_set()
        working.cancel()
        await asyncio.wait([working])
        await nothing_half(house)
        assert house.posts.in_flight == 0
        if ran_to_its_end:
            break
        imported.clear()
        if not await house.jobs.list(JobStatus.QUEUED):
            await house.queue.add(house.posts.xml, "Show.nzb")

    for file in (await house.files()).values():
        assert len(await house.read(file)) == 300


async def test_killed_while_importing_it_is_imported_at_the_next_start(tmp_path):
    async with opened(tmp_path) as house:
        two_episodes(house.posts)
        job = await house.claimed()  # and then the power failed
    async with opened(tmp_path) as house:
        two_episodes(house.posts)
        assert await house.jobs.recover() == 1
        await house.pipeline.run(await house.jobs.claim())
        assert (await house.jobs.get(job.id)).status is JobStatus.COMPLETED
        await nothing_half(house)


async def test_a_film_that_lacks_little_is_shown_with_zeros_and_said_to_be_degraded(house):
    film = Pattern(140_000, 1, MKV)
    posted = house.posts.post("Some.Film.2024.mkv", film, 700)
    house.posts.take_down(posted, 100, 101, 199)

    job = await house.imported()

    assert job.status is JobStatus.COMPLETED
    assert "degraded" in job.message
    assert "2,100 of its 140,000 bytes" in job.message
    [file] = (await house.files()).values()
    expected = bytearray(film[:])
    expected[70_000:71_400] = bytes(1_400)
    expected[139_300:] = bytes(700)
    assert await house.read(file) == expected
    assert house.posts.bodies[posted.segments.message_id(100)] == 0


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (range(99, 104), Reason.TOO_DAMAGED),
        (range(99, 200, 20), Reason.TOO_DAMAGED),
        (range(200), Reason.ARTICLES_MISSING),
    ],
)
async def test_a_film_that_lacks_too_much_is_refused(house, missing, reason):
    posted = house.posts.post("Some.Film.2024.mkv", Pattern(140_000, 1, MKV), 700)
    house.posts.take_down(posted, *missing)
    with pytest.raises(Refusal) as caught:
        await house.imported()
    assert caught.value.code is reason


async def test_a_film_that_lacks_anything_is_refused_if_the_user_wants_so(tmp_path):
    async with opened(tmp_path, replace(RULES, tolerant=False)) as house:
        posted = house.posts.post("Some.Film.2024.mkv", Pattern(140_000, 1, MKV), 700)
        house.posts.take_down(posted, 199)
        with pytest.raises(Refusal) as caught:
            await house.imported()
        assert caught.value.code is Reason.ARTICLES_MISSING


async def test_a_film_without_its_beginning_is_refused(house):
    posted = house.posts.post("Some.Film.2024.mkv", Pattern(140_000, 1, MKV), 700)
    house.posts.take_down(posted, 0)
    with pytest.raises(Refusal) as caught:
        await house.imported()
    assert caught.value.code is Reason.ARTICLES_MISSING


def stages_of(house):
    """What was told of the first job, each stage once."""
    assert {job_id for job_id, _ in house.told} <= {1}
    return list(dict.fromkeys(progress.stage for _, progress in house.told))


async def test_how_far_an_import_is_is_told_stage_by_stage(house):
    for name in ("Show.S01E01", "Show.S01E02"):
        for number, volume in enumerate(
            rar5([File(f"{name}.mkv", Pattern(9_000, 1, MKV)[:])], volume_size=3_000), start=1
        ):
            house.posts.post(f"{name}.part{number}.rar", volume, 700)
    await house.imported()
    assert stages_of(house) == [stage for stage in Stage if stage is not Stage.SWEEPING]
    percentages = [progress.percentage for _, progress in house.told]
    assert percentages == sorted(percentages)
    for stage in (Stage.UNPACKING, Stage.PROVING):
        assert [told.done for _, told in house.told if told.stage is stage] == [0.0, 0.0, 0.5]
    assert Progress(Stage.CHECKING, 1.0) in {progress for _, progress in house.told}


async def test_how_far_the_search_for_holes_is_is_told_too(house):
    posted = house.posts.post("Some.Film.2024.mkv", Pattern(140_000, 1, MKV), 700)
    house.posts.take_down(posted, 199)
    await house.imported()
    assert Stage.SWEEPING in stages_of(house)
    swept = [told.done for _, told in house.told if told.stage is Stage.SWEEPING]
    assert len(swept) > 100
    assert swept[-1] > 0.9


async def test_what_is_looked_at_later_tells_nobody_of_it(house):
    house.posts.post("Some.Film.2024.mkv", Pattern(2_000, 1, MKV))
    job = await house.imported()
    house.told.clear()
    await house.pipeline.draft(job, thorough=True)
    assert house.told == []
