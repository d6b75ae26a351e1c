from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.model import Lead
from altmount.archives.rar.lead import agrees
from altmount.archives.rar.read import read_rar
from altmount.spans import Span
from tests.support.archives import Driver
from tests.support.rars import File, rar4, rar5

FILM = File("film.mkv", bytes(range(256)) * 40)
rars = pytest.mark.parametrize("rar", [rar4, rar5])
locks = pytest.mark.parametrize(
    ("password", "headers"), [(None, False), ("s3cret", False), ("s3cret", True)]
)


def asked(head, lead, password):
    return Driver([head]).run(agrees(lead, password))


@rars
@locks
def test_volumes_of_which_something_was_inferred_say_just_that(rar, password, headers):
    volumes = rar([FILM], volume_size=2_000, password=password, encrypted_headers=headers)
    driver = Driver(volumes)
    leads = driver.run(read_rar(driver.volumes, password)).leads
    assert leads
    for index, lead in leads.items():
        head = volumes[index][: lead.run.start]
        assert asked(head, lead, password)
        for change in (
            {"path": "other.mkv"},
            {"format": "rar3"},
            {"run": Span(lead.run.start + 1, lead.run.stop + 1)},
            {"run": Span(lead.run.start, lead.run.stop - 1)},
        ):
            assert not asked(volumes[index], replace(lead, **change), password)
        if headers:
            assert not asked(head, lead, "wrong")
            assert not asked(head, lead, None)
        if rar is rar5:
            assert not asked(head, replace(lead, number=lead.number + 1), password)


@rars
def test_a_volume_in_which_an_entry_begins_or_ends_is_none_from_its_middle(rar):
    volumes = rar([FILM], volume_size=2_000)
    driver = Driver(volumes)
    [entry] = driver.run(read_rar(driver.volumes)).entries
    for extent in (entry.extents[0], entry.extents[-1]):
        run = Span(extent.start, extent.start + extent.size)
        number = extent.volume if rar is rar5 else None
        lead = Lead("rar5" if rar is rar5 else "rar4", number, FILM.path, run)
        assert not asked(volumes[extent.volume], lead, None)


@given(st.binary(max_size=200), st.integers(0, 200), st.sampled_from(["rar4", "rar5"]))
def test_anything_else_says_nothing_of_it(data, offset, format_):
    lead = Lead(format_, 1, "film.mkv", Span(offset, offset + 9))
    for head in (data, b"Rar!\x1a\x07\x01\x00" + data, b""):
        assert not asked(head, lead, None)
        assert not asked(head, lead, "s3cret")
