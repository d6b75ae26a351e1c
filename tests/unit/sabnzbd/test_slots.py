from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.jobs import Job, JobStatus, Priority
from altmount.sabnzbd.slots import history_slot, nzo_id, queue_slot, release_of, status_of

NOW = datetime(2026, 1, 2, 10, tzinfo=UTC)
RELEASE = "0a" * 16

# What Sonarr and Radarr can read; at another word they break off.
KNOWN_TO_SONARR = {
    *("Grabbing", "Queued", "Paused", "Checking", "Downloading", "ToPP", "QuickCheck"),
    *("Verifying", "Repairing", "Fetching", "Extracting", "Moving", "Running", "Completed"),
    *("Failed", "Deleted", "Propagating"),
}


def job(status, **fields):
    return Job(
        **{"id": 1, "release": RELEASE, "name": "A.Film", "category": "TV", "created": NOW}
        | {"status": status}
        | fields
    )


def test_every_status_is_one_that_sonarr_knows():
    assert {status_of(job(status)) for status in JobStatus} <= KNOWN_TO_SONARR
    assert status_of(job(JobStatus.QUEUED, url="https://a")) == "Grabbing"
    assert status_of(job(JobStatus.PAUSED, url="https://a")) == "Paused"
    assert status_of(job(JobStatus.FAILED, url="https://a")) == "Failed"


def test_a_slot_of_the_queue_has_every_field_of_sabnzbd_in_its_type():
    slot = queue_slot(job(JobStatus.QUEUED), 7, None, NOW)
    assert {name: type(value) for name, value in slot.items()} == {
        "index": int,
        "time_added": int,
        "labels": list,
        "direct_unpack": type(None),
        **dict.fromkeys(
            ("nzo_id", "unpackopts", "priority", "script", "filename", "password", "cat"), str
        ),
        **dict.fromkeys(("category", "mbleft", "mb", "size", "sizeleft", "percentage"), str),
        **dict.fromkeys(("mbmissing", "status", "timeleft", "eta", "avg_age"), str),
    }
    assert (slot["index"], slot["nzo_id"]) == (7, f"SABnzbd_nzo_{RELEASE}")
    assert (slot["percentage"], slot["timeleft"], slot["eta"]) == ("0", "0:00:00", "unknown")
    assert (slot["cat"], slot["category"]) == ("TV", "TV")


@pytest.mark.parametrize(
    ("priority", "said"),
    [
        (Priority.FORCE, "Force"),
        (Priority.HIGH, "High"),
        (Priority.NORMAL, "Normal"),
        (Priority.LOW, "Low"),
    ],
)
def test_a_priority_is_a_word(priority, said):
    assert queue_slot(job(JobStatus.QUEUED, priority=priority), 0, None, NOW)["priority"] == said


def test_the_time_left_follows_from_what_is_done():
    running = job(JobStatus.RUNNING, started=NOW - timedelta(minutes=10))
    slot = queue_slot(running, 0, 0.25, NOW)
    assert (slot["percentage"], slot["timeleft"]) == ("25", "0:30:00")
    assert slot["eta"] == "10:30 Fri 02 Jan"


def test_no_category_is_a_star_as_sonarr_wants_it():
    for slot in (
        queue_slot(job(JobStatus.QUEUED, category=None), 0, None, NOW),
        history_slot(job(JobStatus.FAILED, category=None), 0, ""),
    ):
        assert (slot["cat"], slot["category"]) == ("*", "*")


def test_a_completed_job_is_told_with_where_it_is_and_how_large():
    done = job(
        JobStatus.COMPLETED,
        started=NOW,
        ended=NOW + timedelta(seconds=5),
        size=3 * 1024**3 // 2,
        path="/complete/TV/A.Film",
        message="the sample is damaged",
    )
    slot = history_slot(done, 2, "/mnt/complete/TV/A.Film")
    assert (slot["index"], slot["nzo_id"]) == (2, f"SABnzbd_nzo_{RELEASE}")
    assert slot["storage"] == slot["path"] == "/mnt/complete/TV/A.Film"
    assert (slot["name"], slot["nzb_name"]) == ("A.Film", "A.Film.nzb")
    assert (slot["status"], slot["fail_message"], slot["action_line"]) == (
        "Completed",
        "",
        "Finished",
    )
    assert (slot["bytes"], slot["downloaded"]) == (done.size, done.size)
    assert slot["size"] == "1.5 GB"
    assert slot["completed"] == slot["completetime"] == int(NOW.timestamp()) + 5
    assert (slot["download_time"], slot["retry"], slot["loaded"]) == (5, 0, True)
    assert slot["stage_log"] == [
        {"name": "Source", "actions": ["A.Film.nzb", "the sample is damaged"]}
    ]


def test_a_failed_job_says_why():
    failed = job(JobStatus.FAILED, ended=NOW, reason="damaged", message="articles are missing")
    slot = history_slot(failed, 0, "/mnt")
    assert (slot["status"], slot["fail_message"]) == ("Failed", "articles are missing")
    assert slot["action_line"] == "Failed: articles are missing"
    assert (slot["retry"], slot["downloaded"]) == (1, 0)
    assert history_slot(job(JobStatus.FAILED), 0, "")["action_line"] == "Failed"


def test_a_slot_of_the_history_has_every_field_of_sabnzbd_and_the_ancestor():
    slot = history_slot(job(JobStatus.COMPLETED, ended=NOW), 0, "")
    sabnzbds = {
        *("completed", "name", "nzb_name", "category", "pp", "script", "report", "url", "status"),
        *("nzo_id", "storage", "path", "script_line", "download_time", "postproc_time"),
        *("stage_log", "downloaded", "completeness", "fail_message", "url_info", "bytes", "meta"),
        *("duplicate_key", "md5sum", "password", "action_line", "size", "loaded", "retry"),
        *("archive", "time_added", "series"),
    }
    ancestors = {
        *("index", "cat", "download", "postproc", "completetime", "nzb_avg", "script_log"),
    }
    assert set(slot) == sabnzbds | ancestors


@given(st.text())
def test_only_an_id_of_ours_names_a_release(text):
    found = release_of(text)
    assert found is None or found in text
    assert release_of(nzo_id(job(JobStatus.QUEUED))) == RELEASE


@given(st.sampled_from(JobStatus), st.none() | st.floats(-1, 2), st.integers(-10, 10**9))
def test_whatever_is_done_the_numbers_stay_in_their_bounds(status, done, seconds):
    started = NOW - timedelta(seconds=min(seconds, 10**8))
    slot = queue_slot(job(status, started=started, size=10), 0, done, NOW)
    assert 0 <= int(slot["percentage"]) <= 99
    assert 0 <= float(slot["mbleft"]) <= float(slot["mb"])
    assert all(part.isdigit() for part in slot["timeleft"].split(":"))
