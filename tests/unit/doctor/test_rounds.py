from __future__ import annotations

from pathlib import Path

from altmount.config.load import settings_in
from altmount.doctor.examination import Examination
from altmount.doctor.finding import Grade
from altmount.doctor.rounds import Rounds, places_of
from tests.support.program import write_settings


async def rounds(path, environ=None):
    return [
        finding
        async for some in Rounds(path, environ or {}, Examination()).findings()
        for finding in some
    ]


async def test_what_cannot_be_looked_at_without_settings_is_said(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("webdav: [")
    found = await rounds(path)
    assert [finding.check for finding in found] == ["settings", "open_files", "all"]
    assert found[-1].grade is Grade.SKIPPED


async def test_all_is_looked_at_and_nothing_is_left_behind(tmp_path):
    path = write_settings(tmp_path, [])
    found = await rounds(path)
    checks = list(dict.fromkeys(finding.check for finding in found))
    first = [
        "settings",
        "folders",
        "database",
        "sidecars",
        "journal",
        "server",
        "ports",
        "open_files",
    ]
    assert checks[: len(first)] == first
    assert list(tmp_path.iterdir()) == [path]


def test_the_places_are_those_that_the_settings_use():
    text = b"""
database: {path: db/a.db}
import: {watch_dir: watched, import_dir: links, import_strategy: STRM}
log: {file: logs/a.log}
"""
    settings = settings_in(text, Path("/x/config.yaml"), {}).settings
    places = {place.key: place for place in places_of(settings)}
    assert {key: str(place.path) for key, place in places.items()} == {
        "metadata.root_path": "/x/metadata",
        "database.path": "/x/db",
        "log.file": "/x/logs",
        "import.watch_dir": "/x/watched",
        "import.import_dir": "/x/links",
    }
    assert "a.db-wal" in places["database.path"].files
    assert not places["import.import_dir"].made
    settings = settings_in(
        b"database: {url: 'postgresql://x/y'}\nlog: {file: ''}", Path("/x/c"), {}
    )
    places = {place.key: place for place in places_of(settings.settings)}
    assert list(places) == ["metadata.root_path", "database.path"]
    assert not places["database.path"].files
    assert list(places_of(settings_in(b"database: {url: 'foo://x'}", Path("/c"), {}).settings))
