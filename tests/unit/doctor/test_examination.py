from __future__ import annotations

import asyncio

import pytest

from altmount.doctor.examination import Check, Examination, failed
from altmount.doctor.finding import Finding, Grade
from altmount.errors import PermanentError, TemporaryError
from tests.support.clock import jumping_loop


def found(text, grade=Grade.OK):
    return Finding("a", "", grade, text)


def a_check(look, seconds=5.0):
    return Check("a", "s", seconds, look, "Do this.")


def run(*checks):
    async def examined():
        examination = Examination()
        return await examination.make(*checks), examination.held

    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        return runner.run(examined())


async def fine(say):
    say(found("fine"))


async def silent(say):
    say(found("first"))
    await asyncio.sleep(3600)


async def broken(say):
    say(found("first"))
    raise ZeroDivisionError("no number")


async def unreadable(say):
    raise OSError(36, "File name too long", "/a")


async def refused(say):
    raise PermanentError("it is gone; put it back")


def test_findings_come_in_the_order_of_the_checks():
    async def late(say):
        await asyncio.sleep(1)
        say(found("late"))

    findings, held = run(a_check(late), a_check(fine))
    assert [finding.text for finding in findings] == ["late", "fine"]
    assert not held


def test_what_was_said_before_the_time_ran_out_stands():
    findings, held = run(a_check(silent), a_check(fine))
    assert findings[0].text == "first"
    assert findings[1].grade is Grade.ERROR
    assert "5 s" in findings[1].text
    assert findings[1].fix == "Do this."
    assert findings[2].text == "fine"
    assert not held


def test_a_mistake_of_ours_is_a_finding_and_no_traceback():
    findings, _ = run(a_check(broken), a_check(fine))
    assert [finding.text for finding in findings[::2]] == ["first", "fine"]
    assert "ZeroDivisionError: no number" in findings[1].text
    assert "report" in findings[1].fix


def test_a_path_that_cannot_be_looked_at_is_no_mistake_of_ours():
    [finding], _ = run(a_check(unreadable))
    assert "/a" in finding.text
    assert "settings" in finding.fix


def test_an_error_says_what_is_wrong_and_what_to_do():
    [finding], _ = run(a_check(refused))
    assert (finding.grade, finding.text, finding.fix) == (
        *(Grade.ERROR, "it is gone", "Put it back."),
    )
    assert finding.subject == "s"
    assert failed("a", "s", TemporaryError("no")).fix
    assert failed("a", "s", TemporaryError("no; is it on?")).fix == "Is it on?"
    assert failed("a", "s", TemporaryError("no; or so"), "Do.").fix == "Do."


def test_what_does_not_end_when_it_is_cancelled_is_left_behind():
    async def stubborn(say):
        for _ in range(3):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                say(found("no"))

    findings, held = run(a_check(stubborn))
    assert findings[-1].grade is Grade.ERROR or findings[-2].grade is Grade.ERROR
    assert held


async def test_who_leaves_ends_all_checks():
    examination = Examination()
    making = asyncio.create_task(examination.make(a_check(silent), a_check(silent)))
    for _ in range(5):
        await asyncio.sleep(0)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert not examination.held
