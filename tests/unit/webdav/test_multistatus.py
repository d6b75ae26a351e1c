"""A PROPFIND is answered here as wsgidav answers it."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from altmount.library.nodes import File, Folder, Usage
from altmount.library.paths import VirtualPath
from altmount.webdav.multistatus import HEAD, TAIL, responses
from altmount.webdav.properties import Surroundings
from altmount.webdav.propfind import Wanted
from altmount.webdav.urls import href
from tests.support.dav import dav_client, multistatus
from tests.support.davlibrary import DavLibrary
from tests.support.sources import LONG_AGO

DAV_NAMES = (
    *("resourcetype", "creationdate", "displayname", "getcontentlength", "getcontenttype"),
    *("getetag", "getlastmodified", "quota-available-bytes", "quota-used-bytes"),
    *("supportedlock", "lockdiscovery", "getcontentlanguage", "made-up"),
)
OTHERS = ("{altmount:}filesystem-id", "{altmount:}id", "{altmount:}x", "{urn:a&b}c", "bare")
DEAD = ("{urn:a&b}set", "{y:}z")

nfc = partial(unicodedata.normalize, "NFC")  # as all names in the library are
plain_names = (
    st.text(
        st.characters(
            codec="utf-8",
            exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp"),
            exclude_characters="/",
        ),
        min_size=1,
        max_size=8,
    )
    .map(nfc)
    .filter(lambda name: name not in {".", ".."})
)
names = st.one_of(
    plain_names, st.sampled_from(["film.mkv", "a?b", "x;y=z", "50%", "<&>\"'", "☂.srt"])
)
moments = st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
trees = st.dictionaries(
    st.lists(names, min_size=1, max_size=3).map(tuple),
    st.one_of(st.none(), st.tuples(st.integers(0, 2**50), moments)),
    max_size=8,
)
asked = st.lists(
    st.sampled_from([*(f"{{DAV:}}{name}" for name in DAV_NAMES), *OTHERS, *DEAD]),
    unique=True,
    min_size=1,
)


class Sized:
    def __init__(self, size):
        self.size = size
        self.local = False

    def open(self, span):
        raise NotImplementedError


def fill(library, tree):
    """Make a tree; the paths that there are."""
    library.nodes = {"/": library.nodes["/"]}
    for parts, file in tree.items():
        path = VirtualPath("/" + "/".join(parts))
        above = ["/" + "/".join(parts[:count]) for count in range(1, len(parts))]
        if path in library.nodes or any(isinstance(library.nodes.get(one), File) for one in above):
            continue
        if file is None:
            library.folder(path, LONG_AGO)
        else:
            library.film(path, Sized(file[0]), modified=file[1])
    return list(library.nodes)


def element(name):
    namespace, brace, local = name[1:].partition("}")
    if not brace:
        return f'<{name} xmlns=""/>'
    return f'<{local} xmlns="{namespace.replace("&", "&amp;")}"/>'


@pytest.fixture
async def dav():
    library = DavLibrary()
    async with dav_client(library) as dav:
        dav.library = library
        yield dav


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tree=trees,
    where=st.integers(0, 100),
    depth=st.sampled_from(["0", "1", "infinity"]),
    body=st.one_of(st.sampled_from(["", "<allprop/>", "<propname/>"]), asked),
    locked=st.booleans(),
)
@example({("a",): None}, 1, "1", ["{DAV:}lockdiscovery", "{DAV:}getetag"], True)
async def test_it_says_what_wsgidav_says(dav, tree, where, depth, body, locked):
    paths = fill(dav.library, tree)
    dav.front._writing.dead._properties.clear()
    path = quote(paths[where % len(paths)])
    for node in list(dav.library.nodes.values())[::2]:
        for name in DEAD[: where % 3]:
            value = f"{element(name)[:-2]}>1<b xmlns='c:'/>&amp;</{name.rpartition('}')[2]}>"
            await dav.front._writing.dead.set(node.id, name, value)
    token = await dav.lock(path, Depth="0") if locked else None
    if isinstance(body, list):
        body = f"<prop>{''.join(map(element, body))}</prop>"
    xml = f'<propfind xmlns="DAV:">{body}</propfind>' if body else ""
    ours = await dav("PROPFIND", path, xml.encode(), Depth=depth)
    # A condition has wsgidav answer.
    theirs = await dav("PROPFIND", path, xml.encode(), Depth=depth, If_None_Match='"no"')
    if token:
        assert (await dav("UNLOCK", path, Lock_Token=token)).status == 204
    assert (ours.status, theirs.status) == (207, 207), (ours.text, theirs.text)
    assert "xmlns:D=" in ours.text
    assert ours.multistatus == theirs.multistatus


NOTHING = Usage(0, 0, 0, 0)


class NoneDead:
    def of(self, id):  # noqa: A002
        return {}


def document(wanted, *nodes, usage=NOTHING):
    pieces = responses(wanted, nodes, Surroundings("", usage), NoneDead())
    return multistatus("".join([HEAD, *pieces, TAIL]))


def film(path="/a.mkv", **more):
    moment = datetime(2024, 2, 29, 12, 30, 15, 999_999, tzinfo=UTC)
    return File(VirtualPath(path), 7, moment, "tag", "id", moment - timedelta(days=1), **more)


def test_a_file_is_told_in_full():
    [stats] = document(Wanted(all=True), ("/webdav/a.mkv", film())).values()
    lock = "<n0:locktype><n0:write></n0:write></n0:locktype>"
    assert lock in stats[200].pop("{DAV:}supportedlock")
    assert stats == {
        200: {
            "{DAV:}resourcetype": "",
            "{DAV:}getcontentlength": "7",
            "{DAV:}getcontenttype": "video/x-matroska",
            "{DAV:}getetag": '"tag"',
            "{DAV:}displayname": "a.mkv",
            "{DAV:}creationdate": "2024-02-28T12:30:15Z",
            "{DAV:}getlastmodified": "Thu, 29 Feb 2024 12:30:15 GMT",
            "{DAV:}lockdiscovery": "",
            "{altmount:}filesystem-id": "altmount-nzbfs-v1",
            "{altmount:}id": "id",
        }
    }


def test_what_is_included_comes_beside_all_the_rest_once():
    wanted = Wanted(("{DAV:}quota-used-bytes", "{DAV:}displayname", "{x:}y"), all=True)
    folder = Folder(VirtualPath("/a"), LONG_AGO, "id", LONG_AGO)
    [stats] = document(wanted, ("/a/", folder), usage=Usage(1, 2, 3, 4)).values()
    assert stats[200]["{DAV:}quota-used-bytes"] == "3"
    assert stats[200]["{DAV:}displayname"] == "a"
    assert stats[404] == {"{x:}y": ""}


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_name_makes_sound_xml(name):
    where = href("/webdav", f"/{name}", folder=False)
    assert list(document(Wanted(all=True), (where, film(f"/{name}")))) == [where]
