from __future__ import annotations

import pytest

from altmount.errors import ForbiddenError, NotFoundError
from altmount.library.nodes import Folder
from altmount.library.paths import VirtualPath
from altmount.webdav.receipts import Receipts
from altmount.webdav.share import Dropped, Kept, Queued, Share, check_changeable
from tests.support.davlibrary import DavLibrary

MOVIES = VirtualPath("/complete/Movies")


@pytest.fixture
def library():
    library = DavLibrary()
    library.film("/complete/Movies/a.mkv", b"a")
    return library


@pytest.fixture
def receipts():
    return Receipts(lambda: 0.0)


@pytest.fixture
def share(library, receipts):
    return Share(library, receipts, categories={MOVIES: "Movies", VirtualPath("/complete"): None})


@pytest.mark.parametrize(
    ("path", "fate"),
    [
        ("/complete/Movies/a.nzb", Queued("Movies")),
        ("/complete/Movies/A.NZB.GZ", Queued("Movies")),
        ("/complete/a.nzb", Queued(None)),
        ("/.nzbs/a.nzb", Queued(None)),
        ("/.nzbs/Movies/a.nzb", Queued("Movies")),
        ("/complete/Movies/Film/a.nzb", Kept()),
        ("/complete/Movies/a.srt", Kept()),
        ("/complete/Movies/._a.nzb", Dropped()),
        ("/anywhere/Thumbs.db", Dropped()),
    ],
)
def test_what_is_written_has_its_fate(share, path, fate):
    assert share.fate(VirtualPath(path)) == fate


@pytest.mark.parametrize(
    "path", ["/.nzbs", "/.nzbs/a.srt", "/.nzbs/TV/a.nzb", "/.ids/1", "/a\u202e.srt", "/a/b."]
)
def test_some_places_and_names_are_not_written(share, path):
    with pytest.raises(ForbiddenError):
        share.fate(VirtualPath(path))


@pytest.mark.parametrize("path", ["/.ids", "/.ids/a", "/.nzbs", "/.nzbs/Movies", "/a\x01"])
def test_what_only_exists_here_is_not_changed(path):
    with pytest.raises(ForbiddenError):
        check_changeable(VirtualPath(path))


async def test_the_folders_for_nzbs_are_there_and_not_listed(share, receipts):
    receipts.add(VirtualPath("/.nzbs/Movies/a.nzb"), 6, "tag")
    receipts.add(VirtualPath("/complete/Movies/b.nzb"), 6, "tag")
    assert [node.path for node in await share.children(VirtualPath("/"))] == ["/complete"]
    below = [node.path for node in await share.children(VirtualPath("/.nzbs"))]
    assert below == ["/.nzbs/Movies"]
    found = [node.path async for nodes in share.walk(VirtualPath("/.nzbs")) for node in nodes]
    assert found == ["/.nzbs/Movies", "/.nzbs/Movies/a.nzb"]
    assert (await share.find(VirtualPath("/complete/Movies/b.nzb"))).size == 6
    assert [node.path for node in await share.children(MOVIES)] == ["/complete/Movies/a.mkv"]
    for path in ("/.nzbs/TV", "/.nzbs/Movies/b.nzb"):
        with pytest.raises(NotFoundError):
            await share.find(VirtualPath(path))
    with pytest.raises(NotFoundError):
        await share.children(VirtualPath("/.nzbs/TV"))


async def test_a_file_is_found_by_its_id_in_its_own_folders_only(share, library):
    file = library.nodes["/complete/Movies/a.mkv"]
    address = "/.ids/" + "/".join(file.id[:5])
    assert await share.find(VirtualPath(f"{address}/{file.id}")) == file
    for depth in range(6):
        folder = VirtualPath("/".join(address.split("/")[: 2 + depth]))
        assert isinstance(await share.find(folder), Folder)
        assert await share.children(folder) == []
    wrong = [f"{address}/0{file.id[1:]}", f"{address}/{file.id}/x", "/.ids/zz", "/.ids/a/b/c/d/e/f"]
    wrong.append("/.ids/" + "/".join(library.nodes["/"].id[:5]) + "/" + library.nodes["/"].id)
    for path in wrong:
        with pytest.raises(NotFoundError):
            await share.find(VirtualPath(path))
