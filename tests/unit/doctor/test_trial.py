from __future__ import annotations

import socket
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from altmount.config.providers import ProviderSettings
from altmount.config.streaming import StreamingSettings
from altmount.doctor import trial
from altmount.doctor.examination import Check, Examination
from altmount.doctor.finding import Grade
from altmount.doctor.trial import Trial
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from tests.support.program import serving, synthetic

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])  # whole servers: one loop will do


async def looked(*providers, sidecar=None):
    look = Trial(providers, StreamingSettings(), sidecar).look
    return await Examination().make(Check("canary", "", 60, look))


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


async def test_a_film_of_our_own_plays_byte_for_byte_and_nothing_is_left(scratch):
    with socket.socket() as usual:
        with suppress(OSError):  # it is taken already
            usual.bind(("127.0.0.1", 8080))
        [finding] = await looked()
    assert finding.grade is Grade.OK, finding
    assert finding.facts["size_bytes"] == trial._FILM.stat().st_size
    assert list(scratch.iterdir()) == []


async def test_a_copy_of_a_release_plays_from_the_accounts_and_the_library_is_left(
    tmp_path, scratch
):
    async with NewsServer() as news:
        async with serving(tmp_path, news) as program:
            await program.bring(synthetic(5_000_000))
        [sidecar] = (tmp_path / "metadata" / "releases").glob("*/*.altmount")
        before = {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")}
        account = ProviderSettings(id="p", host="127.0.0.1", port=news.port, max_connections=50)
        [finding] = await looked(account, sidecar=sidecar)
        assert finding.grade is Grade.OK, finding
        assert finding.facts["size_bytes"] == 5_000_000
        news.knobs = Knobs(faults=(Fault(FaultKind.MISSING),))
        [finding] = await looked(account, sidecar=sidecar)
        assert finding.grade is Grade.ERROR
        assert finding.fix
    before.pop(scratch)
    after = {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")}
    after.pop(scratch)
    assert after == before


async def test_without_a_folder_for_what_is_tried_it_says_so(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(Path("/proc/nowhere")))
    [finding] = await looked()
    assert finding.grade is Grade.ERROR
    assert "TMPDIR" in finding.fix
