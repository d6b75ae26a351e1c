from __future__ import annotations

from datetime import UTC, datetime

import pytest

from altmount.api.jobanswer import STATUSES, as_json, number_of, priority_of
from altmount.importer.progress import Progress, Stage
from altmount.jobs import Job, JobStatus, Priority

WHEN = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("priority", "number"),
    [(Priority.FORCE, 0), (Priority.HIGH, 1), (Priority.NORMAL, 2), (Priority.LOW, 3)],
)
def test_priorities_have_the_numbers_of_the_ancestor(priority, number):
    assert number_of(priority) == number
    assert priority_of(number) is priority


@pytest.mark.parametrize("status", JobStatus)
def test_what_is_wrong_is_an_error_but_of_what_is_completed(status):
    said = as_json(Job(1, "r", "n", None, status, WHEN, message="it lacks much"))
    completed = status is JobStatus.COMPLETED
    assert said["note" if completed else "error_message"] == "it lacks much"
    assert said["error_message" if completed else "note"] == ""
    assert STATUSES[said["status"]] is status


def test_a_job_that_never_changed_did_so_when_it_was_made():
    assert as_json(Job(1, "r", "n", None, JobStatus.QUEUED, WHEN))["updated_at"] == WHEN.isoformat()


@pytest.mark.parametrize("status", JobStatus)
def test_only_what_is_being_imported_says_how_far_it_is(status):
    job = Job(1, "r", "n", None, status, WHEN)
    said = as_json(job, Progress(Stage.UNPACKING, 0.2))
    if status is JobStatus.RUNNING:
        assert (said["percentage"], said["stage"]) == (73, "Analyzing archive")
        said = as_json(job)
    assert "percentage" not in said
    assert "stage" not in said
