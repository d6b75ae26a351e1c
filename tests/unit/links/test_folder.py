"""Links on a real disk."""

from __future__ import annotations

import os

import pytest

from altmount.links.folder import LinkError, LinkFolder, LinkTakenError
from altmount.links.wanted import Kind, Link, leads_as_named, leads_into, plays_from_here

URL = "http://box:8080/api/files/stream?path=/complete/a.mkv"
SYMLINK = Link("complete/TV/a.mkv", Kind.SYMLINK, "/mnt/complete/TV/a.mkv")
STRM = Link("complete/TV/a.mkv.strm", Kind.STRM, URL)
BOTH = pytest.mark.parametrize("link", [SYMLINK, STRM], ids=["symlink", "strm"])


def ours(kind, text):
    return leads_into(text, "/mnt") if kind is Kind.SYMLINK else plays_from_here(text)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "import"
    root.mkdir()
    return root


@pytest.fixture
def folder(root):
    return LinkFolder(root, ours, leads_as_named)


def text_of(path):
    return str(path.readlink()) if path.is_symlink() else path.read_text()


def everything(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


@BOTH
def test_a_link_stands_with_the_folders_it_is_in(folder, root, link):
    assert folder.put(link, made=False) == ["complete", "complete/TV"]

    assert text_of(root / link.path).removesuffix("\n") == link.text
    assert folder.stands(link.path)
    assert len(everything(root)) == 3  # nothing is left beside it


@BOTH
def test_a_link_that_stands_is_left_as_it_is(folder, root, link):
    folder.put(link, made=False)
    before = (root / link.path).lstat()

    assert folder.put(link, made=False) == []

    assert (root / link.path).lstat() == before


@BOTH
def test_a_link_of_ours_is_replaced(folder, root, link):
    folder.put(link, made=False)
    other = Link(link.path, link.kind, link.text.replace("a.mkv", "b.mkv"))

    folder.put(other, made=False)

    assert text_of(root / link.path).removesuffix("\n") == other.text
    assert len(everything(root)) == 3


@BOTH
@pytest.mark.parametrize("what", ["file", "folder", "symlink"])
def test_what_is_not_ours_is_never_replaced_nor_removed(folder, root, link, what):
    place = root / link.path
    place.parent.mkdir(parents=True)
    match what:
        case "file":
            place.write_text("mine")
        case "folder":
            place.mkdir()
        case "symlink":
            place.symlink_to("/srv/films/film.mkv")

    with pytest.raises(LinkTakenError, match="move it away"):
        folder.put(link, made=False)
    assert not folder.remove(link.path, {"complete", "complete/TV"})

    assert place.is_symlink() or place.exists()
    assert len(everything(root)) == 3


@BOTH
def test_a_removed_link_takes_along_the_empty_folders_that_were_made_for_it(folder, root, link):
    (root / "complete").mkdir()
    made = folder.put(link, made=False)

    assert folder.remove(link.path, made)

    assert everything(root) == ["complete"]
    assert not folder.stands(link.path)


@BOTH
def test_a_folder_that_somebody_put_something_in_stays(folder, root, link):
    made = folder.put(link, made=False)
    (root / "complete/TV/mine.txt").touch()

    assert folder.remove(link.path, made)

    assert everything(root) == ["complete", "complete/TV", "complete/TV/mine.txt"]


def test_removing_what_is_not_there_does_nothing(folder, root):
    assert not folder.remove("a/b/c.mkv", {"a", "a/b"})
    assert everything(root) == []


@BOTH
@pytest.mark.parametrize("path", ["../x", "a/../x", "/x", "a//x", ".", ""])
def test_no_path_leads_out_of_the_folder(folder, root, link, path):
    with pytest.raises(ValueError, match="not a path of a link"):
        folder.put(Link(path, link.kind, link.text), made=False)
    assert everything(root.parent) == ["import"]


@BOTH
def test_a_symlink_on_the_way_is_not_followed(folder, root, link):
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "complete").symlink_to(outside)

    with pytest.raises(LinkError, match="import_dir"):
        folder.put(link, made=False)
    assert everything(outside) == []


@BOTH
def test_a_folder_that_is_not_there_is_told_and_not_made(root, link):
    with pytest.raises(LinkError, match="import_dir"):
        LinkFolder(root / "unmounted", ours, leads_as_named).put(link, made=False)
    assert everything(root) == []


@BOTH
def test_a_failure_in_the_middle_leaves_nothing(folder, root, link, monkeypatch):
    folder.put(link, made=False)

    def fail(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(Exception, match="No space"):
        folder.put(Link(link.path, link.kind, link.text.replace("a.mkv", "b.mkv")), made=False)

    assert text_of(root / link.path).removesuffix("\n") == link.text
    assert len(everything(root)) == 3


def test_a_symlink_into_another_mount_is_ours_only_where_one_was_made(folder, root):
    place = root / SYMLINK.path
    place.parent.mkdir(parents=True)
    place.symlink_to("/old/mount/complete/TV/a.mkv")

    with pytest.raises(LinkTakenError):
        folder.put(SYMLINK, made=False)
    assert folder.correct([SYMLINK]) == 1

    assert text_of(place) == SYMLINK.text


def test_only_links_that_stand_are_corrected(folder, root):
    other = Link("complete/TV/b.mkv.strm", Kind.STRM, URL)
    folder.put(STRM, made=False)
    (root / other.path).write_text("theirs")
    gone = Link("gone/c.mkv.strm", Kind.STRM, URL)

    now = [Link(link.path, link.kind, f"{URL}&id=1") for link in (STRM, other, gone)]
    assert folder.correct(now) == 1
    assert folder.correct(now) == 0

    assert text_of(root / STRM.path) == f"{URL}&id=1\n"
    assert text_of(root / other.path) == "theirs"
    assert not (root / "gone").exists()
