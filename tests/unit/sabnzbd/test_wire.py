from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.jobs import Job, JobStatus
from altmount.sabnzbd import wire
from altmount.sabnzbd.wire import Place

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PLACE = Place("/mnt/usenet", "/complete")


def job(status, **fields):
    return Job(
        **{"id": 1, "release": "0a" * 16, "name": "A.Film", "category": "TV", "created": NOW}
        | {"status": status}
        | fields
    )


def test_a_completed_job_is_found_below_the_mount():
    done = job(
        JobStatus.COMPLETED,
        started=NOW,
        ended=NOW + timedelta(seconds=5),
        size=3 * 1024**3 // 2,
        path="/complete/TV/A.Film",
        message="the sample is damaged",
    )
    said = wire.history([done], 7, start=2, place=PLACE)["history"]
    [slot] = said["slots"]
    assert (said["noofslots"], slot["index"]) == (7, 2)
    assert slot["nzo_id"] == f"SABnzbd_nzo_{'0a' * 16}"
    assert slot["storage"] == slot["path"] == "/mnt/usenet/complete/TV/A.Film"
    assert (slot["status"], slot["fail_message"], slot["action_line"]) == (
        "Completed",
        "",
        "Finished",
    )
    assert (slot["bytes"], slot["size"]) == (3 * 1024**3 // 2, "1.5 GB")
    assert slot["completed"] == int(NOW.timestamp()) + 5
    assert slot["download_time"] == 5


def test_a_failed_job_says_why():
    failed = job(JobStatus.FAILED, ended=NOW, reason="damaged", message="articles are missing")
    [slot] = wire.history([failed], 1, start=0, place=PLACE)["history"]["slots"]
    assert (slot["status"], slot["fail_message"]) == ("Failed", "articles are missing")
    assert slot["action_line"] == "Failed: articles are missing"
    assert slot["storage"] == "/mnt/usenet/complete"


def test_the_queue_has_strings_for_numbers():
    jobs = [job(JobStatus.RUNNING), job(JobStatus.QUEUED, category=None)]
    queue = wire.queue(jobs, 12, start=10, limit=2)["queue"]
    assert (queue["status"], queue["noofslots"]) == ("Downloading", 12)
    assert [slot["status"] for slot in queue["slots"]] == ["Downloading", "Queued"]
    assert [slot["index"] for slot in queue["slots"]] == [10, 11]
    assert [slot["cat"] for slot in queue["slots"]] == ["TV", "*"]
    for name in ("percentage", "mb", "mbleft", "timeleft", "size", "sizeleft"):
        assert isinstance(queue["slots"][0][name], str)
    assert wire.queue(jobs[1:], 1, start=0, limit=2)["queue"]["status"] == "Idle"


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (1024**2, "1.0 MB"), (1024**6, "1024.0 PB")],
)
def test_sizes_are_read_by_people(size, said):
    assert wire.size_text(size) == said


def test_what_is_mounted_nowhere_is_named_as_in_the_library():
    assert Place("", "/complete").path("/complete/A") == "/complete/A"
    assert Place("", "/").complete_dir == "/"
    assert Place("/mnt", "/complete").complete_dir == "/mnt/complete"


@given(st.text())
def test_only_an_id_of_ours_names_a_release(text):
    found = wire.release_of(text)
    assert found is None or found in text
    assert wire.releases_of(f"{text},{'0b' * 16}")[-1] == "0b" * 16


def test_the_categories_have_their_folders_and_there_is_one_for_none():
    config = wire.config([("TV", "shows/tv")], PLACE)["config"]
    assert [(one["name"], one["dir"]) for one in config["categories"]] == [
        ("*", ""),
        ("TV", "shows/tv"),
    ]
    assert config["misc"]["complete_dir"] == "/mnt/usenet/complete"
