from __future__ import annotations

import asyncio
import logging

import pytest

from altmount.articles import ArticleUnavailableError, MessageId
from altmount.errors import TemporaryError
from altmount.importer.nzbstore import NzbStore
from altmount.importer.refusals import Reason, Refusal
from altmount.importer.running import Running
from altmount.importer.worker import Worker
from altmount.jobs import JobStatus, Step
from tests.support.jobs import FakeJobs, Withdrawn, import_queue

UNAVAILABLE = ArticleUnavailableError(MessageId("a@b"), "no provider is enabled")


async def step():
    await asyncio.sleep(0)


class Import:
    """Imports by completing the job, unless told to wait or to fail."""

    def __init__(self, jobs):
        self.jobs = jobs
        self.outcomes = []
        self.gate = None
        self.begun = []
        self.now = 0
        self.most = 0

    async def __call__(self, job):
        self.begun.append(job.id)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await step()
            if self.gate is not None:
                await self.gate.wait()
        finally:
            self.now -= 1
        if self.outcomes and (outcome := self.outcomes.pop(0)) is not None:
            raise outcome
        await self.jobs.complete(job.id, path="/film", size=7)


class Sleep:
    """Sleeps until it is woken, and remembers for how long it was to be."""

    def __init__(self):
        self.asked = []
        self.event = asyncio.Event()

    async def __call__(self, seconds):
        self.asked.append(seconds)
        await self.event.wait()
        self.event.clear()


class House:
    def __init__(self, tmp_path, **how):
        self.jobs = FakeJobs(step)
        self.running = Running()
        self.withdrawn = Withdrawn()
        self.queue = import_queue(self.jobs, NzbStore(tmp_path), running=self.running)
        self.work = Import(self.jobs)
        self.sleep = Sleep()
        self.worker = Worker(
            self.jobs,
            self.queue,
            self.running,
            self.work,
            withdraw=self.withdrawn,
            **{"sleep": self.sleep, "delays": (5, 60)} | how,
        )
        self.task = None

    async def queued(self, count, **values):
        for number in range(count):
            await self.jobs.add(f"{number:032x}", f"job{number}", None, **values)
        self.queue.wake()

    async def later(self, seconds):
        """Have time pass, and the queue looked at as by its clock."""
        self.jobs.now += seconds
        self.queue.wake()

    def start(self):
        self.task = asyncio.create_task(self.worker.run())

    async def until(self, condition):
        for _ in range(2_000):
            if condition():
                return
            assert not self.task.done(), self.task
            await step()
        pytest.fail(f"never happened; the jobs are {self.jobs.statuses}")

    async def stop(self):
        self.task.cancel()
        await asyncio.wait([self.task])


@pytest.fixture
async def house(tmp_path):
    made = House(tmp_path)
    yield made
    if made.task is not None:
        await made.stop()


async def test_jobs_are_imported_the_oldest_first(house):
    await house.queued(3)
    house.start()
    await house.until(lambda: house.jobs.statuses == ["completed"] * 3)
    assert house.work.begun == [1, 2, 3]


async def test_a_job_that_comes_later_is_taken_up_when_it_comes(house):
    house.start()
    for count in range(1, 4):
        await house.queue.add(b"<nzb/>", "film.nzb")
        await house.until(lambda count=count: house.jobs.statuses == ["completed"] * count)


async def test_as_many_as_allowed_are_imported_at_once(house):
    house.work.gate = asyncio.Event()
    await house.queued(5)
    house.start()
    await house.until(lambda: house.work.now == 2)
    for _ in range(100):
        await step()
    assert house.jobs.statuses == ["running"] * 2 + ["queued"] * 3

    house.work.gate.set()
    await house.until(lambda: house.jobs.statuses == ["completed"] * 5)
    assert house.work.most == 2


async def test_what_was_running_when_the_program_ended_is_taken_up_again(house):
    await house.queued(1)
    await house.jobs.claim()
    house.start()
    await house.until(lambda: house.jobs.statuses == ["completed"])


async def test_a_refusal_fails_the_job_with_its_reason_and_only_that_job(house):
    house.work.outcomes = [Refusal(Reason.NO_MEDIA, "nothing to play")]
    await house.queued(2)
    house.start()
    await house.until(lambda: house.jobs.statuses == ["failed", "completed"])
    assert house.jobs.rows[1].reason == "no-media"
    assert house.jobs.rows[1].message == "nothing to play"


async def test_a_defect_fails_the_job_is_logged_and_costs_no_other(house, caplog):
    house.work.outcomes = [KeyError("size")]
    await house.queued(2)
    house.start()
    await house.until(lambda: house.jobs.statuses == ["failed", "completed"])
    assert house.jobs.rows[1].reason == "internal"
    assert any(record.exc_info for record in caplog.records)


async def test_what_may_pass_is_tried_again_later_and_later_and_then_given_up(house):
    house.work.outcomes = [UNAVAILABLE] * 3
    await house.queued(1)
    house.start()
    for tries, delay in ((1, 5), (2, 60)):
        await house.until(lambda tries=tries: house.jobs.rows[1].attempts == tries)
        assert await house.jobs.patience() == delay
        await house.later(delay - 1)
        for _ in range(50):
            await step()
        assert len(house.work.begun) == tries
        await house.later(1)
    await house.until(lambda: house.jobs.statuses == ["failed"])
    assert house.jobs.rows[1].reason == "providers-unavailable"
    assert "no provider is enabled" in house.jobs.rows[1].message
    assert len(house.work.begun) == 3


async def test_what_is_refused_for_good_is_handed_on_once(tmp_path):
    handed = []

    async def hand_on(job, refusal):
        handed.append((job.id, refusal.code))
        return Refusal(Reason.HANDED_ON, "another has it now")

    house = House(tmp_path, hand_on=hand_on)
    house.work.outcomes = [UNAVAILABLE, Refusal(Reason.NO_MEDIA, "nothing to play")]
    await house.queued(1)
    house.start()
    await house.until(lambda: house.jobs.rows[1].attempts == 1)
    assert handed == []
    await house.later(5)
    await house.until(lambda: house.jobs.statuses == ["failed"])
    assert handed == [(1, Reason.NO_MEDIA)]
    assert (house.jobs.rows[1].reason, house.jobs.rows[1].message) == (
        "handed-on",
        "another has it now",
    )
    await house.stop()


async def test_a_job_that_nobody_wants_any_more_is_not_handed_on(tmp_path):
    async def hand_on(_job, _refusal):
        pytest.fail("it was handed on")

    house = House(tmp_path, hand_on=hand_on)
    house.work.gate = asyncio.Event()
    await house.queued(1)
    house.start()
    await house.until(lambda: house.work.now == 1)
    await house.jobs.fail(1, reason="cancelled", message="not wanted")
    await house.running.stop([1])
    await house.until(lambda: house.work.now == 0)
    for _ in range(50):
        await step()
    assert house.jobs.rows[1].reason == "cancelled"
    await house.stop()


async def test_a_job_says_why_it_is_to_be_tried_again(house):
    house.work.outcomes = [UNAVAILABLE]
    await house.queued(1)
    house.start()
    await house.until(lambda: house.jobs.rows[1].attempts == 1)
    assert "no provider is enabled" in house.jobs.rows[1].message


async def test_what_passed_is_imported_at_the_second_try(house):
    house.work.outcomes = [UNAVAILABLE, None]
    await house.queued(1)
    house.start()
    await house.until(lambda: house.jobs.rows[1].attempts == 1)
    await house.later(5)
    await house.until(lambda: house.jobs.statuses == ["completed"])


async def test_a_job_that_waits_for_its_next_try_takes_no_place(house):
    house.work.outcomes = [UNAVAILABLE] * 4 + [None] * 2
    await house.queued(6)
    house.start()
    await house.until(lambda: house.jobs.statuses[4:] == ["completed"] * 2)
    assert [job.attempts for job in house.jobs.rows.values()] == [1] * 4 + [0] * 2


async def test_large_nzbs_are_worked_on_one_after_the_other(tmp_path):
    house = House(tmp_path, memory=100, at_once=3)
    house.work.gate = asyncio.Event()
    await house.queued(3, nzb_bytes=60)
    house.start()
    await house.until(lambda: house.work.now == 1)
    for _ in range(100):
        await step()
    assert house.jobs.statuses == ["running", "queued", "queued"]
    house.work.gate.set()
    await house.until(lambda: house.jobs.statuses == ["completed"] * 3)
    assert house.work.most == 1
    await house.stop()


async def test_one_that_is_larger_than_all_memory_is_worked_on_alone(tmp_path):
    house = House(tmp_path, memory=100)
    await house.queued(2, nzb_bytes=1_000)
    house.start()
    await house.until(lambda: house.jobs.statuses == ["completed"] * 2)
    assert house.work.most == 1
    await house.stop()


async def test_what_is_refused_leaves_nothing_behind(house):
    house.work.outcomes = [Refusal(Reason.NO_MEDIA, ""), None]
    await house.queued(2)
    house.start()
    await house.until(lambda: house.jobs.statuses == ["failed", "completed"])
    assert house.withdrawn == [house.jobs.rows[1].release]


@pytest.mark.parametrize("how", [Step.PAUSE, Step.CANCEL])
async def test_an_import_that_somebody_stops_ends_at_once_and_costs_no_other(house, how):
    house.work.gate = asyncio.Event()
    await house.queued(3)
    house.start()
    await house.until(lambda: house.work.now == 2)
    job = await house.jobs.move_on(how, 1)
    await house.running.stop([1])
    assert house.work.now == 1
    house.work.gate.set()
    await house.until(lambda: house.jobs.statuses[1:] == ["completed"] * 2)
    assert house.jobs.rows[1].status is job.status


async def test_an_import_that_is_stopped_and_wanted_again_begins_when_the_first_has_ended(house):
    house.work.gate = asyncio.Event()
    await house.queued(1)
    house.start()
    await house.until(lambda: house.work.now == 1)
    await house.jobs.move_on(Step.PAUSE, 1)
    stopping = asyncio.create_task(house.running.stop([1]))
    await house.jobs.move_on(Step.RESUME, 1)
    house.work.gate.set()
    house.queue.wake()
    await house.until(lambda: house.jobs.statuses == ["completed"])
    await stopping
    assert house.work.most == 1


async def test_when_it_is_stopped_what_it_held_is_queued_again(house):
    house.work.outcomes = [UNAVAILABLE]
    await house.queued(4)
    house.start()
    await house.until(lambda: house.jobs.rows[1].attempts == 1)
    house.work.gate = asyncio.Event()
    await house.until(lambda: house.work.now == 2)

    await house.stop()

    assert set(house.jobs.statuses) <= {"queued", "completed"}
    assert house.work.now == 0


@pytest.mark.parametrize("outcome", [None, Refusal(Reason.NO_MEDIA, ""), UNAVAILABLE, KeyError()])
async def test_stopped_at_any_step_no_job_is_left_running(tmp_path, outcome):
    for steps in range(60):
        house = House(tmp_path)
        house.work.outcomes = [outcome, None, outcome]
        await house.queued(3)
        house.start()
        for _ in range(steps):
            await step()
        await house.stop()
        assert JobStatus.RUNNING not in {job.status for job in house.jobs.rows.values()}, steps


async def test_stopped_again_and_again_it_still_gives_its_jobs_back(house):
    house.work.gate = asyncio.Event()
    await house.queued(2)
    house.start()
    await house.until(lambda: house.work.now == 2)

    while not house.task.done():
        house.task.cancel()
        await step()

    assert house.jobs.statuses == ["queued"] * 2


async def test_it_does_not_look_for_jobs_where_there_is_no_news(house):
    await house.queued(1)
    house.start()
    for _ in range(200):
        await step()
    assert house.jobs.claims <= 3


@pytest.mark.parametrize("error", [TemporaryError("busy"), OSError("not a database")])
async def test_a_database_that_fails_is_left_alone_longer_and_longer(house, caplog, error):
    caplog.set_level(logging.WARNING)
    house.jobs.errors = {"claim": [error] * 4, "fail": [error]}
    house.work.outcomes = [Refusal(Reason.NO_MEDIA, "")]
    await house.queued(1)
    house.start()
    for waited in (5, 15, 60, 60, 5):
        await house.until(lambda: house.sleep.asked)
        assert house.sleep.asked.pop() == waited
        assert str(error) in house.worker.trouble
        house.sleep.event.set()
    await house.until(lambda: house.jobs.statuses == ["failed"])
    await house.until(lambda: house.worker.trouble is None)
