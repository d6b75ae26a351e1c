from __future__ import annotations

from altmount.doctor.finding import Finding, Grade, worst


def test_the_worst_of_nothing_is_that_all_is_well():
    assert worst([]) is Grade.OK


def test_what_does_not_work_is_worse_than_what_was_not_looked_at():
    grades = [Grade.NOTE, Grade.ERROR, Grade.SKIPPED, Grade.WARNING, Grade.OK]
    assert worst(Finding("a", "", grade, "x") for grade in grades) is Grade.ERROR
    assert [grade.word for grade in sorted(grades)] == [
        *("ok", "note", "skipped", "warning", "error"),
    ]
