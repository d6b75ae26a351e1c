from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.rar.lead import leads_to
from altmount.archives.rar.read import read_rar
from tests.support.archives import Driver
from tests.support.rars import File, rar4, rar5

FILM = File("film.mkv", bytes(range(256)) * 40)
rars = pytest.mark.parametrize("rar", [rar4, rar5])


@rars
@pytest.mark.parametrize("password", [None, "s3cret"])
def test_the_headers_of_each_volume_lead_to_its_data_and_nowhere_else(rar, password):
    volumes = rar([FILM], volume_size=2_000, password=password)
    driver = Driver(volumes)
    [entry] = driver.run(read_rar(driver.volumes, password)).entries
    for extent in entry.extents:
        head = memoryview(volumes[extent.volume])
        assert leads_to(head, extent.start)
        assert not leads_to(head, extent.start + 1)
        assert not leads_to(head, extent.start - 1)


@rars
def test_what_has_encrypted_headers_cannot_be_told(rar):
    volumes = rar([FILM], volume_size=2_000, password="s3cret", encrypted_headers=True)
    assert leads_to(memoryview(volumes[1]), 5)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_anything_else_leads_nowhere(data, offset):
    assert not leads_to(memoryview(data), offset)
    assert not leads_to(memoryview(b"Rar!\x1a\x07\x01\x00" + data), offset)
    assert not leads_to(memoryview(b""), offset)
