from __future__ import annotations

import pytest

from altmount.jobs import ENDED, OPEN, JobStatus, Priority
from altmount.sabnzbd.asked import Asked
from altmount.sabnzbd.jobs import filters_of, named
from tests.support.sabhouse import opened


@pytest.mark.parametrize("category", ["", "*", "all", "Default", "tv,*"])
def test_some_words_mean_all_categories(category):
    assert filters_of(Asked({"category": category}), OPEN).categories is None


def test_what_is_wanted_is_read_from_the_request():
    asked = {"cat": "tv,movies", "priority": "1,2,9,x", "status": "paused,grabbing", "search": "a"}
    wanted = filters_of(Asked(asked), OPEN)
    assert wanted.categories == ["tv", "movies"]
    assert wanted.priorities == {Priority.HIGH, Priority.FORCE}
    assert wanted.statuses == {JobStatus.PAUSED, JobStatus.QUEUED}
    assert wanted.search == "a"
    assert (wanted.releases, wanted.numbers) == (None, [])


def test_a_status_narrows_down_and_never_widens():
    assert filters_of(Asked({"status": "completed,failed"}), ENDED).statuses == ENDED
    assert filters_of(Asked({"status": "completed"}), OPEN).statuses == set()
    assert filters_of(Asked({"status": "nonsense"}), OPEN).statuses == set()


async def test_a_job_has_its_id_and_its_number(tmp_path):
    async with opened(tmp_path) as house:
        one, two = await house.waiting("One"), await house.waiting("Two")
        texts = [f"SABnzbd_nzo_{one.release}", str(two.id), "nonsense", "9" * 30, "²"]
        assert await named(house.jobs, texts, OPEN) == [one, two]
        assert await named(house.jobs, texts, ENDED) == []
        assert await named(house.jobs, ["nonsense"], OPEN) == ()
        assert await named(house.jobs, [], OPEN) == ()
