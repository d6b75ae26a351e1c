from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import hypothesis
import yaml
from hypothesis import given
from hypothesis import strategies as st

from altmount.config.load import settings_in
from altmount.doctor.examination import Examination
from altmount.doctor.finding import Grade
from altmount.doctor.report import as_text
from altmount.doctor.rounds import Rounds, places_of
from tests.support.program import write_settings


async def rounds(path, *, download=True):
    looks = Rounds(path, {}, Examination(), download=download)
    return [finding async for some in looks.findings() for finding in some]


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


PATHS = st.sampled_from(
    [
        *("/dev/null", "/dev/full", "/proc/self/mem", "n" * 300, "/", "//", "..", "/dev/null/x"),
        *("\u202e evil \x1b[31m", "é", "/etc/passwd", "/proc/self/fd/0/x", "%s%n"),
    ]
)
URLS = st.sampled_from(
    [
        *("", "", "", "postgresql://", "postgresql://u:s3cret@127.0.0.1:1/x", "sqlite:///", "://"),
        *("mysql://x", "host=127.0.0.1 port=1", "postgresql://[::1", "postgresql://x?no=such"),
    ]
)
SECTIONS = {
    "metadata": st.fixed_dictionaries({"root_path": PATHS}),
    "database": st.fixed_dictionaries(
        {"path": PATHS, "url": URLS, "type": st.sampled_from(["sqlite", "postgres"])}
    ),
    "log": st.fixed_dictionaries({"file": PATHS}),
    "import": st.fixed_dictionaries(
        {"watch_dir": PATHS, "import_dir": PATHS, "import_strategy": st.just("SYMLINK")}
    ),
    "webdav": st.fixed_dictionaries(
        {
            "port": st.sampled_from([1, 7, 65535]),
            "own_port": st.sampled_from([0, 7, 65535]),
            "user": st.sampled_from(["", "a:b", "ü", "x" * 500]),
            "password": st.sampled_from(["", "\u202es3cret", "s3cret" * 300]),
        }
    ),
    "providers": st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["", "a/../b", "\u202e", "a" * 300]),
                "host": st.just("127.0.0.1"),
                "port": st.just(1),
                "username": st.sampled_from(["", "ü" * 60]),
                "password": st.sampled_from(["", "s3cret", "s3cret" * 20]),
                "proxy_url": st.sampled_from(["", "socks5://u:s3cret@127.0.0.1:1"]),
            }
        ),
        max_size=2,
    ),
}


@hypothesis.settings(max_examples=25)
@given(st.fixed_dictionaries({}, optional=SECTIONS))
def test_whatever_the_settings_say_each_finding_has_a_fix_and_none_is_our_mistake(document):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.yaml")
        path.write_text(yaml.safe_dump(document))
        found = asyncio.run(rounds(path, download=False))
        assert list(Path(folder).iterdir()) == [path]
    assert [one for one in found if one.grade >= Grade.WARNING and not one.fix] == []
    assert [one for one in found if "mistake" in one.fix] == []
    assert "s3cret" not in "".join(map(as_text, found))
