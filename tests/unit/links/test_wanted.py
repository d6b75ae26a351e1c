"""Which links should stand."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.library.paths import parse_virtual_path
from altmount.links.wanted import (
    Kind,
    Strategy,
    base_url_of,
    kind_of,
    leads_as_named,
    leads_into,
    plays_from_here,
    stream_url,
)

parts = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=60
).filter(lambda part: part not in {".", ".."})
paths = st.lists(parts, min_size=1, max_size=5).map(
    lambda ps: parse_virtual_path("/" + "/".join(ps))
)


def strm(**options):
    def url(path, _):
        return stream_url("http://box:8080", f"path={quote(path)}")

    return Strategy(Kind.STRM, url_of=url, **options)


def test_a_symlink_stands_where_the_library_has_the_file_and_leads_into_the_mount():
    link = Strategy(Kind.SYMLINK, "/mnt/usenet").link("/complete/TV/Show/e.mkv", "n-1")

    assert (link.path, link.text) == (
        "complete/TV/Show/e.mkv",
        "/mnt/usenet/complete/TV/Show/e.mkv",
    )
    assert leads_into(link.text, "/mnt/usenet")


def test_a_strm_file_is_called_as_its_file_with_an_ending():
    link = strm().link("/complete/TV/Show/e.mkv", "n-1")

    assert link.path == "complete/TV/Show/e.mkv.strm"
    assert link.text == "http://box:8080/api/files/stream?path=/complete/TV/Show/e.mkv"


@given(paths)
def test_any_path_comes_out_of_the_address_as_it_was(path):
    line = strm().link(path, "n-1").text

    assert parse_qs(urlsplit(line).query)["path"] == [path]
    assert plays_from_here(line)


@given(paths, st.booleans(), st.sampled_from(Kind))
def test_no_path_leads_out_of_the_folder(path, windows, kind):
    strategy = strm(windows_names=windows)
    if kind is Kind.SYMLINK:
        strategy = Strategy(kind, "/mnt", windows_names=windows)
    link = strategy.link(path, "n-1")

    assert all(part not in {"", ".", ".."} for part in link.path.split("/"))
    assert len(link.path.split("/")) == len(path[1:].split("/"))
    assert all(len(part.encode()) <= 255 for part in link.path.split("/"))


@given(st.sets(paths, max_size=6), st.booleans())
def test_two_files_never_have_one_link(files, windows):
    links = {strm(windows_names=windows).link(path, "n-1").path for path in files}

    assert len(links) == len(files)


@pytest.mark.parametrize(
    ("target", "inside"),
    [("/mnt/a", True), ("/mnt", False), ("/mnt2/a", False), ("relative", False), ("", False)],
)
def test_what_leads_into_the_mount_is_told_at_borders_of_names(target, inside):
    assert leads_into(target, "/mnt") is inside
    assert not leads_into(target, "")


@given(paths, st.booleans())
def test_a_link_into_another_mount_is_known_by_its_own_name(path, windows):
    link = Strategy(Kind.SYMLINK, "/old mount/x", windows_names=windows).link(path, "n-1")

    assert leads_as_named(link.text, link.path)
    assert not leads_as_named(link.text, f"{link.path}x")
    assert not leads_as_named(f"{link.text}/x", link.path)


@pytest.mark.parametrize(
    "target", ["", "/", "a/b.mkv", "b.mkv", "/c/b.mkv", "/a//b.mkv", "/xa/b.mkv"]
)
def test_other_symlinks_are_not_known_by_a_name(target):
    assert not leads_as_named(target, "a/b.mkv")


def test_the_ancestors_strm_files_are_known():
    line = "http://localhost:8080/api/files/stream?path=/complete/a%20b.mkv&download_key=00ff"

    assert plays_from_here(line)
    assert plays_from_here(f"{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "plugin://plugin.video/x?path=/a",
        "http://box/other?path=/a",
        "http://box/api/files/stream?name=a",
        "http://box/api/files/stream?path=/a\nhttp://box/api/files/stream?path=/b",
        "http://[box/api/files/stream?path=/a",
        "http://box/api/files/stream?path=" + "a" * 70_000,
    ],
)
def test_other_strm_files_are_somebody_elses(line):
    assert not plays_from_here(line)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://localhost:8080"),
        ("box", "http://box:8080"),
        ("::1", "http://[::1]:8080"),
        ("https://media.example.org/", "https://media.example.org"),
    ],
)
def test_the_servers_address_is_made_of_a_name_or_is_a_url(host, url):
    assert base_url_of(host, 8080) == url


@pytest.mark.parametrize(
    ("places", "kind"),
    [([], None), (["A/a.mkv.strm", "b.mkv.strm"], Kind.STRM), (["A/a.mkv"], Kind.SYMLINK)],
)
def test_links_that_stand_say_what_they_are(places, kind):
    assert kind_of(places) is kind
