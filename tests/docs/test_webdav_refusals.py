"""What the guide says that the share refuses is refused with that status, and changes nothing."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import pytest

from altmount.library.paths import VirtualPath
from altmount.webdav import front
from altmount.webdav.xml import MAX_XML_BYTES
from tests.support.dav import dav_client
from tests.support.davlibrary import LOCAL_BYTES, NZB_BYTES, ROOM, DavLibrary

GUIDE = (Path(__file__).parents[2] / "docs/guide/webdav.md").read_text("utf-8")
SECTION = GUIDE.partition("## What is refused")[2].partition("\n## ")[0]
TABLE = {
    what: set(re.findall(r"\b\d{3}\b", said))
    for what, said in re.findall(r"^\| (.+?) \| (\d.+?) \|$", SECTION, re.MULTILINE)
}
"""Statuses by what is refused."""

FILM = "/complete/Movies/Film/film.mkv"


def login(name):
    return "Basic " + base64.b64encode(f"{name}:x".encode()).decode()


async def asked(dav, *requests):
    """The statuses of requests; each is a method, a path, a body and headers."""
    found = set()
    for method, path, *rest in requests:
        body = rest[0] if rest else None
        headers = rest[1] if len(rest) > 1 else {}
        if isinstance(body, int):
            body = io.BytesIO(bytes(body))
        found.add(str((await dav(method, path, body, **headers)).status))
    return found


def simple(*requests):
    async def ask(dav):
        return await asked(dav, *requests)

    return ask


async def fill_up(dav):
    for number in range(ROOM // LOCAL_BYTES):
        await dav("PUT", f"/full/{number}", io.BytesIO(bytes(LOCAL_BYTES)))
    dav.before = dict(dav.library.nodes)
    return await asked(dav, ("PUT", "/full/last", LOCAL_BYTES))


async def change_what_is_locked(dav):
    await dav.lock("/own/a.srt", Authorization=login("ann"))
    dav.before = dict(dav.library.nodes)
    return await asked(
        dav,
        ("PUT", "/own/a.srt", b"2"),
        ("DELETE", "/own"),
        ("MOVE", "/own/a.srt", None, {"Destination": "/b"}),
        ("PROPPATCH", "/own/a.srt", b'<propertyupdate xmlns="DAV:"/>'),
    )


async def use_foreign_tokens(dav):
    token = await dav.lock("/own/a.srt", Authorization=login("ann"))
    dav.before = dict(dav.library.nodes)
    return await asked(
        dav,
        ("DELETE", "/own/b.srt", None, {"If": f"({token})"}),
        ("UNLOCK", "/own/b.srt", None, {"Lock_Token": token}),
    )


async def ask_for_a_huge_tree(dav):
    for number in range(60):
        dav.library.folder(f"/own/{number}")
    dav.before = dict(dav.library.nodes)
    return await asked(dav, ("PROPFIND", "/own", None, {"Depth": "infinity"}))


def to(target):
    return {"Destination": target}


ASK = {
    "`PUT` on a file of a release": simple(("PUT", FILM, b"1")),
    "`PUT` of a file larger than `webdav.local_file_bytes`, of an NZB larger than 256 MiB": simple(
        ("PUT", "/own/big", LOCAL_BYTES + 1), ("PUT", "/.nzbs/big.nzb", NZB_BYTES + 1)
    ),
    "`PUT` where all such files together would be too large": fill_up,
    "`PUT` or `MKCOL` in a folder that is not there": simple(
        ("PUT", "/nowhere/a", b"1"), ("MKCOL", "/nowhere/a")
    ),
    "`PUT` on a folder, `MKCOL` where something is": simple(
        ("PUT", "/own", b"1"), ("MKCOL", "/own")
    ),
    "`PUT`, `MKCOL`, `DELETE` below `.ids`, or of anything but NZBs below `.nzbs`": simple(
        *(("PUT", "/.ids/a", b"1"), ("MKCOL", "/.ids/x"), ("DELETE", "/.ids/a")),
        *(("PUT", "/.nzbs/a.srt", b"1"), ("MKCOL", "/.nzbs/x"), ("DELETE", "/.nzbs/Movies")),
    ),
    "`DELETE` or `MOVE` of a category's folder, of one around it, or of the root": simple(
        *(("DELETE", "/complete/Movies"), ("DELETE", "/complete"), ("DELETE", "/")),
        *(("MOVE", path, None, to("/x")) for path in ("/complete/Movies", "/complete", "/")),
    ),
    "a new name that not every client can show (control characters, a blank or dot at its end)": (
        simple(
            *(("PUT", "/own/a%01", b"1"), ("MKCOL", "/own/a."), ("PUT", "/own/a%20", b"1")),
            ("MOVE", "/own/a.srt", None, to("/own/b.")),
        )
    ),
    "`COPY` or `MOVE` to another server": simple(
        ("COPY", FILM, None, to("http://elsewhere/webdav/x")),
        ("MOVE", FILM, None, to("http://elsewhere/webdav/x")),
    ),
    "`COPY` or `MOVE` to outside of the share": simple(
        ("COPY", FILM, None, to("http://127.0.0.1/files/x")),
        ("MOVE", FILM, None, to("http://127.0.0.1/files/x")),
    ),
    "`COPY` or `MOVE` with `Overwrite: F` where something is": simple(
        ("COPY", FILM, None, to("/own/a.srt") | {"Overwrite": "F"}),
        ("MOVE", FILM, None, to("/own/a.srt") | {"Overwrite": "F"}),
    ),
    "changing what someone else has locked": change_what_is_locked,
    "the lock token of another user or file": use_foreign_tokens,
    "`PROPFIND` with `Depth: infinity` of more than 20,000 files and folders": ask_for_a_huge_tree,
    "XML that is broken, or declares a document type": simple(
        ("PROPFIND", "/own", b"<a"), ("LOCK", "/own/x", b"<!DOCTYPE a><a/>")
    ),
    "XML of more than 64 KiB": simple(
        *((method, "/own", MAX_XML_BYTES + 1) for method in ("PROPFIND", "PROPPATCH", "LOCK"))
    ),
    "`..`, NUL or an encoded slash in a path, names of more than 250 bytes": simple(
        *(("DELETE", f"/own/{name}") for name in ("%2e%2e", "a%00", "a%2Fb", "x" * 251))
    ),
    "`POST`, `PATCH`": simple(("POST", "/own", b"1"), ("PATCH", "/own", b"1")),
}


def test_the_guide_and_this_file_speak_of_the_same():
    assert set(ASK) == set(TABLE)


@pytest.mark.parametrize("what", ASK)
async def test_what_the_guide_says_is_refused_is(what, monkeypatch):
    monkeypatch.setattr(front, "MOST_ENTRIES", 50)
    library = DavLibrary(protected=["/complete/Movies"])
    library.film(FILM, b"film")
    for path in ("/own", "/full"):
        library.folder(path)
    async with dav_client(library, categories={VirtualPath("/complete/Movies"): "Movies"}) as dav:
        dav.library = library
        for name in ("a.srt", "b.srt"):
            assert (await dav("PUT", f"/own/{name}", b"1")).status == 201
        dav.before = dict(library.nodes)
        assert await ASK[what](dav) == TABLE[what]
        assert library.nodes == dav.before
