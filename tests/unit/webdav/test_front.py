from __future__ import annotations

import asyncio
import base64
import io

import pytest

from altmount.errors import TemporaryError
from altmount.library.paths import VirtualPath
from altmount.webdav import front as front_module
from altmount.webdav.xml import MAX_XML_BYTES
from tests.support.dav import LOCK, dav_client
from tests.support.davlibrary import LOCAL_BYTES, DavLibrary, DavProperties, DavQueue
from tests.support.serving import Client
from tests.support.sources import MemorySource

FILM = bytes(range(250)) * 4
PATCH = '<propertyupdate xmlns="DAV:"><set><prop>{}</prop></set></propertyupdate>'
METHODS = [
    *("OPTIONS", "GET", "HEAD", "PROPFIND", "PROPPATCH", "MKCOL", "PUT"),
    *("DELETE", "COPY", "MOVE", "LOCK", "UNLOCK"),
]


@pytest.fixture
def queue():
    return DavQueue()


@pytest.fixture
def library():
    library = DavLibrary(protected=["/complete/Movies"])
    library.film("/complete/Movies/Film/film.mkv", FILM)
    library.folder("/own")
    return library


@pytest.fixture
async def dav(library, queue):
    categories = {VirtualPath("/complete/Movies"): "Movies", VirtualPath("/complete"): None}
    async with dav_client(library, queue=queue, categories=categories) as dav:
        yield dav


def snapshot(library):
    return dict(library.nodes)


# Reading


async def test_a_file_is_sent_as_below_files_with_ranges_and_conditions(dav):
    answer = await dav("GET", "/complete/Movies/Film/film.mkv", Range="bytes=10-19")
    assert (answer.status, answer.body) == (206, FILM[10:20])
    assert answer.headers["Content-Type"] == "video/x-matroska"
    etag = answer.headers["ETag"]
    assert (await dav("GET", "/complete/Movies/Film/film.mkv", If_None_Match=etag)).status == 304
    told = await dav("PROPFIND", "/complete/Movies/Film/film.mkv", Depth="0")
    [stats] = told.multistatus.values()
    assert stats[200]["{DAV:}getetag"] == etag
    assert stats[200]["{DAV:}getcontenttype"] == "video/x-matroska"
    assert stats[200]["{DAV:}getlastmodified"] == answer.headers["Last-Modified"]


async def test_the_share_without_its_slash_is_elsewhere(dav):
    answer = await dav("GET", "")
    assert (answer.status, answer.headers["Location"]) == (301, "/webdav/")


async def test_a_folder_is_a_page_for_people_and_for_nobody_else(dav):
    page = await dav("GET", "/complete/Movies/Film/", Accept="text/html,*/*;q=0.8")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'href="/webdav/complete/Movies/Film/film.mkv"' in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert (await dav("HEAD", "/complete/Movies/Film")).status == 200
    other = await dav("GET", "/complete/Movies/Film/", Accept="application/json")
    assert other.status == 405
    assert "PROPFIND" in other.headers["Allow"]


async def test_a_file_has_an_address_that_stays_when_it_is_moved(dav, library):
    file = library.nodes["/complete/Movies/Film/film.mkv"]
    address = "/.ids/" + "/".join(file.id[:5]) + f"/{file.id}"
    assert (await dav("GET", address)).body == FILM
    move = await dav("MOVE", "/complete/Movies/Film/film.mkv", Destination="/own/other.mkv")
    assert move.status == 201
    answer = await dav("GET", address)
    assert (answer.status, answer.body) == (200, FILM)
    assert "other.mkv" in answer.headers["Content-Disposition"]
    assert await dav.names(address, "0") == [f"/webdav{address}"]
    assert await dav.names("/.ids/4/0") == ["/webdav/.ids/4/0/"]
    assert "/webdav/.ids/" not in await dav.names("/")
    assert (await dav("GET", "/.ids/1/2/3/4/5/12345678")).status == 404
    assert (await dav("DELETE", address)).status == 403
    assert (await dav("PUT", f"{address}x", b"1")).status == 403


async def test_damaged_files_are_asked_for_in_vain_and_without_harm(dav):
    answer = await dav("PROPFIND", "/complete/", Depth="1", X_Show_Corrupted="true")
    assert sorted(answer.multistatus) == ["/webdav/complete/", "/webdav/complete/Movies/"]


async def test_the_depth_of_a_listing_is_as_asked(dav):
    below = ["/webdav/complete/Movies/", "/webdav/complete/Movies/Film/"]
    film = "/webdav/complete/Movies/Film/film.mkv"
    assert await dav.names("/complete/Movies/Film", "0") == [below[1]]
    assert await dav.names("/complete/Movies", "1") == below
    assert await dav.names("/complete/Movies", "infinity") == [*below, film]
    everything = await dav("PROPFIND", "/complete/Movies")
    assert sorted(everything.multistatus) == [*below, film]
    assert (await dav("PROPFIND", "/complete", Depth="2")).status == 400
    assert (await dav("PROPFIND", "/nowhere", Depth="1")).status == 404


async def test_a_tree_that_is_too_large_is_not_told_at_once(dav, library, monkeypatch):
    monkeypatch.setattr(front_module, "MOST_ENTRIES", 50)
    for number in range(60):
        library.folder(f"/own/{number}")
    answer = await dav("PROPFIND", "/own", Depth="infinity")
    assert answer.status == 403
    assert "<D:propfind-finite-depth/>" in answer.text
    assert len(await dav.names("/own", "1")) == 61


async def test_a_tree_that_takes_too_long_is_not_told_at_once(dav, library, monkeypatch):
    monkeypatch.setattr(front_module, "_FIND_SECONDS", 0.01)

    async def forever(path):
        yield []
        await asyncio.Event().wait()

    monkeypatch.setattr(library, "walk", forever)
    assert (await dav("PROPFIND", "/own", Depth="infinity")).status == 403


async def test_a_long_listing_comes_in_pieces_and_whole(dav, library):
    for number in range(700):
        library.folder(f"/own/{number:03} ☂")
    answer = await dav("PROPFIND", "/own", Depth="1")
    assert "Content-Length" not in answer.headers
    assert len(answer.multistatus) == 701
    assert "/webdav/own/699%20%E2%98%82/" in answer.multistatus


async def test_what_is_left_for_clients_is_told_to_who_asks(dav):
    names = b"<quota-available-bytes/><quota-used-bytes/>"
    body = b'<propfind xmlns="DAV:"><prop>' + names + b"</prop></propfind>"
    await dav("PUT", "/own/a.srt", b"12345")
    answer = await dav("PROPFIND", "/", body, Depth="0")
    [stats] = answer.multistatus.values()
    assert stats[200] == {
        "{DAV:}quota-available-bytes": str((8 << 20) - 5),
        "{DAV:}quota-used-bytes": "5",
    }


# Writing


async def test_a_small_file_is_kept_and_read_again(dav):
    made = await dav("PUT", "/own/film%20%E2%98%82.srt", b"words")
    assert (made.status, made.body) == (201, b"")
    assert (await dav("PUT", "/own/film%20%E2%98%82.srt", b"other words")).status == 204
    answer = await dav("GET", "/own/film%20%E2%98%82.srt")
    assert (answer.status, answer.body) == (200, b"other words")
    assert (await dav("PUT", "/own/empty.nfo", b"")).status == 201


@pytest.mark.parametrize(
    "name", ["a%3Fb", "a%3Bb", "a%23b", "a%25b", "a%2520b", "a&b", "a'(b)", "ä%20"]
)
async def test_any_name_can_be_written_moved_copied_locked_and_removed(dav, name):
    decoded = name.replace("ä", "%C3%A4").replace("%20", "_") if name.startswith("ä") else name
    assert (await dav("PUT", f"/own/{decoded}", b"1")).status == 201
    moved = await dav("MOVE", f"/own/{decoded}", Destination=f"/own/{decoded}2")
    assert moved.status == 201
    copied = await dav("COPY", f"/own/{decoded}2", Destination=f"/own/{decoded}")
    assert copied.status == 201
    token = await dav.lock(f"/own/{decoded}")
    assert (await dav("PUT", f"/own/{decoded}", b"2")).status == 423
    condition = f"<{dav.url(f'/own/{decoded}')}> ({token})"
    assert (await dav("PUT", f"/own/{decoded}", b"2", If=condition)).status == 204
    assert (await dav("UNLOCK", f"/own/{decoded}", Lock_Token=token)).status == 204
    assert (await dav("DELETE", f"/own/{decoded}")).status == 204
    assert (await dav("GET", f"/own/{decoded}")).status == 404
    assert (await dav("GET", f"/own/{decoded}2")).body == b"1"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("PUT", "/complete/Movies/Film/film.mkv", {}, 403),  # a film's bytes
        ("PUT", "/own", {}, 405),  # a folder
        ("PUT", "/nowhere/a.srt", {}, 409),
        ("PUT", "/.nzbs/a.srt", {}, 403),
        ("PUT", "/.nzbs/Movies/deep/a.nzb", {}, 403),
        ("PUT", "/own/%01.srt", {}, 403),  # a name that not every client can show
        ("PUT", "/own/a.srt", {"Content_Range": "bytes 0-0/5"}, 400),
        ("DELETE", "/complete/Movies", {}, 403),  # a category
        ("DELETE", "/complete", {}, 403),
        ("DELETE", "/", {}, 403),
        ("DELETE", "/.nzbs", {}, 403),
        ("DELETE", "/nowhere", {}, 404),
        ("MOVE", "/complete/Movies", {"Destination": "/own/x"}, 403),
        ("MOVE", "/own", {"Destination": "/complete/Movies"}, 403),
        ("MOVE", "/own", {"Destination": "/own/below"}, 403),
        ("MOVE", "/own", {"Destination": "/.ids"}, 403),
        ("MOVE", "/own", {}, 400),
        ("MOVE", "/own", {"Destination": "/nowhere/x"}, 409),
        ("MOVE", "/own", {"Destination": "http://elsewhere/webdav/x"}, 502),
        ("MOVE", "/own", {"Destination": "/../x"}, 400),
        ("MOVE", "/nowhere", {"Destination": "/x"}, 404),
        ("COPY", "/own", {"Destination": "/nowhere/x"}, 409),
        ("COPY", "/own", {"Destination": "/complete/Movies"}, 403),
        ("COPY", "/own", {"Destination": "/complete/Movies/Film", "Overwrite": "F"}, 412),
        ("MKCOL", "/own", {}, 405),
        ("MKCOL", "/nowhere/x", {}, 409),
        ("MKCOL", "/.nzbs/x", {}, 403),
        ("LOCK", "/nowhere/x", {}, 409),
        ("UNLOCK", "/own", {"Lock_Token": "<opaquelocktoken:0x1>"}, 409),
        ("POST", "/own", {}, 405),
        ("PROPFIND", "/own/..%2f..", {}, 400),
        ("DELETE", "/own/a%00b", {}, 400),
        ("DELETE", "/own/%2e%2e/complete", {}, 400),
        ("MKCOL", "/" + "x" * 10_000, {}, 400),
        ("GET", "/own/x%ff", {}, 400),
    ],
)
async def test_what_is_refused_has_its_status_and_changes_nothing(
    dav, library, method, path, headers, status
):
    before = snapshot(library)
    body = {"PUT": b"12345", "LOCK": LOCK}.get(method)
    answer = await dav(method, path, body, **headers)
    assert answer.status == status, answer.text
    assert snapshot(library) == before


async def test_a_refusal_says_why(dav):
    answer = await dav("PUT", "/complete/Movies/Film/film.mkv", b"x")
    assert "/complete/Movies/Film/film.mkv is of a release" in answer.text
    answer = await dav("DELETE", "/complete/Movies")
    assert answer.text.startswith("/complete/Movies is needed by the program")


async def test_a_folder_is_made_moved_with_its_contents_and_removed(dav):
    assert (await dav("MKCOL", "/own/a/")).status == 201
    assert (await dav("PUT", "/own/a/b.srt", b"1")).status == 201
    assert (await dav("MOVE", "/own/a", Destination="/own/c/")).status == 201
    assert await dav.names("/own", "infinity") == [
        *("/webdav/own/", "/webdav/own/c/", "/webdav/own/c/b.srt")
    ]
    assert (await dav("MKCOL", "/own/d")).status == 201
    assert (await dav("MOVE", "/own/c", Destination="/own/d")).status == 204
    assert (await dav("MOVE", "/own/d", Destination="/own/d")).status == 403
    assert (await dav("DELETE", "/own/d")).status == 204
    assert await dav.names("/own") == ["/webdav/own/"]
    assert (await dav("MKCOL", "/own/x", b"<x/>")).status == 415


async def test_a_copy_may_leave_out_what_a_folder_holds(dav):
    await dav("MKCOL", "/own/a")
    await dav("PUT", "/own/a/b.srt", b"1")
    assert (await dav("COPY", "/own/a", Destination="/own/c", Depth="0")).status == 201
    assert (await dav("COPY", "/own/a", Destination="/own/d")).status == 201
    assert await dav.names("/own/c") == ["/webdav/own/c/"]
    assert await dav.names("/own/d") == ["/webdav/own/d/", "/webdav/own/d/b.srt"]


async def test_who_moves_may_say_where_by_path_alone_and_through_a_proxy(dav):
    await dav("PUT", "/own/a.srt", b"1")
    own = {"Destination": "https://films.example/webdav/own/b.srt"}
    assert (
        await dav("MOVE", "/own/a.srt", X_Forwarded_Host="films.example:443", **own)
    ).status == 201
    async with Client.connect(dav.port) as client:
        target = "Destination: /webdav/own/c.srt"
        assert (await client.get("/webdav/own/b.srt", target, method="MOVE")).status == 201
        outside = "Destination: /files/c.srt"
        assert (await client.get("/webdav/own/c.srt", outside, method="MOVE")).status == 409


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("/complete/Movies/A%20Film.nzb", "Movies"),
        ("/complete/A%20Film.NZB", None),
        ("/.nzbs/movies/A%20Film.nzb.gz", "Movies"),
        ("/.nzbs/A%20Film.nzb", None),
    ],
)
async def test_an_nzb_is_queued_and_acknowledged(dav, queue, library, path, category):
    before = snapshot(library)
    path = path.replace("movies", "Movies")
    assert (await dav("PUT", path, b"")).status == 201  # Finder makes it first
    assert queue.added == []
    assert (await dav("PUT", path, b"<nzb/>")).status in {201, 204}
    [(data, name, chosen)] = queue.added
    assert (data, chosen) == (b"<nzb/>", category)
    assert name.lower().startswith("a film.nzb")
    answer = await dav("PROPFIND", path, Depth="0")
    [stats] = answer.multistatus.values()
    assert stats[200]["{DAV:}getcontentlength"] == "6"
    assert (await dav("GET", path)).status == 404
    assert snapshot(library) == before
    parent = path.rpartition("/")[0]
    shown = f"/webdav{path}" in await dav.names(parent)
    assert shown == path.startswith("/.nzbs")
    assert (await dav("DELETE", path)).status == 204
    assert (await dav("PROPFIND", path, Depth="0")).status == 404
    assert (
        await dav("PUT", path, io.BytesIO(bytes(LOCAL_BYTES + 1)))
    ).status == 201  # NZBs may be larger


async def test_an_nzb_elsewhere_is_a_file_like_any_other(dav, queue):
    assert (await dav("PUT", "/own/a.nzb", b"<nzb/>")).status == 201
    assert queue.added == []
    assert (await dav("GET", "/own/a.nzb")).body == b"<nzb/>"


async def test_an_nzb_that_is_written_under_another_name_first_is_queued_when_it_gets_its_own(
    dav, queue
):
    assert (await dav("PUT", "/complete/Movies/a.nzb.part", b"<nzb/>")).status == 201
    move = await dav("MOVE", "/complete/Movies/a.nzb.part", Destination="/complete/Movies/a.nzb")
    assert move.status == 201
    assert queue.added == [(b"<nzb/>", "a.nzb", "Movies")]
    assert "/webdav/complete/Movies/a.nzb.part" not in await dav.names("/complete/Movies")
    assert (await dav("PUT", "/own/b", b"<b/>")).status == 201
    assert (await dav("COPY", "/own/b", Destination="/.nzbs/Movies/b.nzb")).status == 201
    assert queue.added[1:] == [(b"<b/>", "b.nzb", "Movies")]
    film = "/complete/Movies/Film/film.mkv"
    assert (await dav("MOVE", film, Destination="/.nzbs/film.nzb")).status == 403


@pytest.mark.parametrize("name", ["._film.mkv", ".DS_Store", "Thumbs.db", "desktop.INI"])
async def test_the_litter_of_file_managers_is_swallowed(dav, library, name):
    before = snapshot(library)
    assert (await dav("PUT", f"/own/{name}", b"litter")).status == 201
    token = await dav.lock(f"/own/{name}")
    assert (await dav("PUT", f"/own/{name}", b"more", If=f"({token})")).status == 204
    patch = PATCH.format('<x xmlns="y:">1</x>').encode()
    assert (await dav("PROPPATCH", f"/own/{name}", patch, If=f"({token})")).status == 207
    assert (await dav("GET", f"/own/{name}")).status == 404
    assert await dav.names("/own") == ["/webdav/own/"]
    assert (await dav("DELETE", f"/own/{name}", If=f"({token})")).status == 204
    assert snapshot(library) == before


# Locks


async def test_a_lock_keeps_others_from_changing_what_is_below(dav, library):
    library.film("/own/deep/film.mkv", FILM)
    token = await dav.lock("/own/deep/film.mkv")
    before = snapshot(library)
    for path in ("/own", "/own/deep", "/own/deep/film.mkv"):
        refused = await dav("DELETE", path)
        assert refused.status == 423
        assert "<D:href>/webdav/own/deep/film.mkv</D:href>" in refused.text
        assert (await dav("MOVE", path, Destination="/elsewhere")).status == 423
    foreign = "(<opaquelocktoken:0x1234>)"
    assert (await dav("DELETE", "/own/deep/film.mkv", If=foreign)).status == 412
    assert (await dav("UNLOCK", "/own/deep/film.mkv", Lock_Token=foreign)).status == 409
    assert snapshot(library) == before
    assert (await dav("DELETE", "/own/deep/film.mkv", If=f"({token})")).status == 204
    library.film("/own/deep/film.mkv", FILM)
    assert (await dav("DELETE", "/own/deep/film.mkv")).status == 204  # the lock went with it


async def test_the_token_of_another_user_opens_nothing(dav, library):
    def login(name):
        return "Basic " + base64.b64encode(f"{name}:x".encode()).decode()

    token = await dav.lock("/own", Authorization=login("ann"))
    for headers in ({"Authorization": login("ben")}, {}):
        answer = await dav("PUT", "/own/a.srt", b"1", If=f"({token})", **headers)
        assert answer.status in {412, 423}
        assert (await dav("UNLOCK", "/own", Lock_Token=token, **headers)).status == 403
    mine = await dav("PUT", "/own/a.srt", b"1", If=f"({token})", Authorization=login("ann"))
    assert mine.status == 201


async def test_what_is_locked_before_it_is_there_is_an_empty_file(dav):
    token = await dav.lock("/own/new.srt")
    assert (await dav("GET", "/own/new.srt")).body == b""
    assert (await dav("PUT", "/own/new.srt", b"x")).status == 423
    assert (await dav("PUT", "/own/new.srt", b"x", If=f"({token})")).status == 204
    told = await dav("PROPFIND", "/own/new.srt", Depth="0")
    assert "<D:lockroot><D:href>/webdav/own/new.srt</D:href></D:lockroot>" in told.text


# Bodies


async def test_what_is_too_large_is_refused_before_it_is_sent(dav, library):
    before = snapshot(library)
    async with Client.connect(dav.port) as client:
        for target, size, status in [
            ("/webdav/own/big.mkv", LOCAL_BYTES + 1, 413),
            ("/webdav/own/._big", LOCAL_BYTES + 1, 413),
            ("/webdav/.nzbs/big.nzb", (4 << 20) + 1, 413),
            ("/webdav/complete/Movies/Film/film.mkv", 5, 403),
        ]:
            client.send(target, f"Content-Length: {size}", "Expect: 100-continue", method="PUT")
            answer = await client.head()  # a 100 would have come first
            assert answer.status == status
            await client.reader.readexactly(int(answer["content-length"]))
            async with Client.connect(dav.port) as other:
                assert (await other.get("/webdav/nowhere")).status == 404
            break
    assert snapshot(library) == before


async def test_there_is_room_for_so_much_and_no_more(dav, library):
    for number in range(8):
        assert (await dav("PUT", f"/own/{number}.bin", bytes(LOCAL_BYTES))).status == 201
    assert (await dav("PUT", "/own/last.bin", bytes(LOCAL_BYTES))).status == 507


async def test_who_waits_to_be_asked_is_asked(dav):
    async with Client.connect(dav.port) as client:
        client.send("/webdav/own/a.srt", "Content-Length: 5", "Expect: 100-continue", method="PUT")
        assert (await client.head()).status == 100
        client.writer.write(b"words")
        assert (await client.answer()).status == 201
        client.send("/webdav/own/a.srt", "Content-Length: 5", "Expect: a-miracle", method="PUT")
        assert (await client.head()).status == 417


async def test_a_body_in_chunks_is_cut_at_the_bound(dav, library):
    async def chunks(count):
        for _ in range(count):
            yield bytes(1 << 16)

    assert (await dav("PUT", "/own/a.bin", chunks(3))).status == 201
    assert library.nodes["/own/a.bin"].size == 3 << 16
    before = snapshot(library)
    assert (await dav("PUT", "/own/b.bin", chunks(40))).status == 413
    assert snapshot(library) == before


async def test_a_client_that_leaves_before_its_body_is_whole_has_changed_nothing(dav, library):
    before = snapshot(library)
    async with Client.connect(dav.port) as client:
        client.send("/webdav/own/a.srt", "Content-Length: 100", method="PUT")
        client.writer.write(b"half")
        await client.writer.drain()
        client.leave()
    assert (await dav("GET", "/own/a.srt")).status == 404
    assert snapshot(library) == before


async def test_what_has_come_whole_is_kept_even_if_its_client_has_left(dav, library, monkeypatch):
    begun, may_go_on, put_local = asyncio.Event(), asyncio.Event(), library.put_local

    async def slow(*arguments, **options):
        begun.set()
        await may_go_on.wait()
        return await put_local(*arguments, **options)

    monkeypatch.setattr(library, "put_local", slow)
    async with asyncio.timeout(10):
        async with Client.connect(dav.port) as client:
            client.send("/webdav/own/a.srt", "Content-Length: 5", method="PUT")
            client.writer.write(b"words")
            await begun.wait()
            client.leave()
        await asyncio.sleep(0)
        assert (await dav("GET", "/own/a.srt")).status == 404
        may_go_on.set()
        while (answer := await dav("GET", "/own/a.srt")).status == 404:
            await asyncio.sleep(0)
    assert answer.body == b"words"


@pytest.mark.parametrize("method", ["PROPFIND", "PROPPATCH", "LOCK"])
@pytest.mark.parametrize(
    "xml",
    [
        b"<propfind",
        b'<propfind xmlns="DAV:"><prop></propfind>',
        b"\xff\xfe\x00",
        b'<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">]><p>&a;</p>',
        b'<!DOCTYPE p SYSTEM "file:///etc/passwd"><propfind xmlns="DAV:"><allprop/></propfind>',
        b'<x:propfind xmlns:x=""/>',
    ],
)
async def test_xml_that_is_broken_or_a_bomb_is_refused(dav, library, method, xml):
    before = snapshot(library)
    assert (await dav(method, "/own", xml, Depth="0")).status == 400
    assert snapshot(library) == before


@pytest.mark.parametrize(
    ("method", "xml"),
    [
        ("PROPFIND", b'<propfind xmlns="DAV:"><allprop/></propfind>'),
        ("PROPPATCH", PATCH.format('<x xmlns="y:">1</x>').encode()),
        ("LOCK", LOCK),
    ],
)
async def test_xml_that_is_sound_is_refused_for_its_document_type_alone(dav, method, xml):
    assert (await dav(method, "/own", b"<!DOCTYPE x>" + xml, Depth="0")).status == 400
    assert (await dav(method, "/own", xml, Depth="0")).status in {200, 207}


@pytest.mark.parametrize("method", ["PROPFIND", "PROPPATCH", "LOCK", "MKCOL", "DELETE"])
async def test_a_huge_body_is_refused_after_a_little_of_it(dav, method):
    async with Client.connect(dav.port) as client:
        client.send("/webdav/own/x", f"Content-Length: {100 << 20}", method=method)
        assert (await client.head()).status == 413

    sent = 0

    async def endless():
        nonlocal sent
        while sent < 100 << 20:
            sent += 1 << 16
            yield bytes(1 << 16)

    assert (await dav(method, "/own/x", endless())).status == 413
    assert sent < 100 * MAX_XML_BYTES


# Trouble


@pytest.mark.parametrize("method", METHODS)
async def test_while_the_library_fails_nothing_is_said_to_be_empty(dav, library, method):
    library.error = TemporaryError("the disk does not answer")
    headers = {"Destination": "/own/y"} if method in {"COPY", "MOVE"} else {}
    body = LOCK if method == "LOCK" else None
    answer = await dav(method, "/own/x", body, **headers)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "10"


async def test_the_share_can_be_at_the_root_of_a_port_of_its_own(library):
    async with dav_client(library, "") as dav:
        assert "/complete/" in await dav.names("/")
        assert (await dav("PUT", "/own/a.srt", b"1")).status == 201
        assert (await dav("MOVE", "/own/a.srt", Destination="/own/b.srt")).status == 201
        token = await dav.lock("/own/b.srt")
        refused = await dav("DELETE", "/own/b.srt")
        assert "<D:href>/own/b.srt</D:href>" in refused.text
        assert (
            await dav("DELETE", "/own/b.srt", If=f"<{dav.url('/own/b.srt')}> ({token})")
        ).status == 204


async def test_properties_that_clients_set_stay_through_moves_copies_and_restarts(library):
    kept = DavProperties()
    patch = PATCH.format('<x xmlns="y:">\N{UMBRELLA}<b/></x>').encode()
    ask = b'<propfind xmlns="DAV:"><prop><x xmlns="y:"/></prop></propfind>'

    async def value(dav, path):
        answer = await dav("PROPFIND", path, ask, Depth="0")
        [stats] = answer.multistatus.values()
        return stats

    async with dav_client(library, properties=kept) as dav:
        await dav("MKCOL", "/own/a")
        await dav("PUT", "/own/a/b.srt", b"1")
        for path in ("/own/a", "/own/a/b.srt"):
            assert (await dav("PROPPATCH", path, patch)).status == 207
        await dav("PUT", "/own/a/b.srt", b"2")
        await dav("MOVE", "/own/a", Destination="/own/c")
        await dav("COPY", "/own/c", Destination="/own/d")
    async with dav_client(library, properties=kept) as dav:
        for path in ("/own/c", "/own/c/b.srt", "/own/d", "/own/d/b.srt"):
            assert "{y:}x" in (await value(dav, path))[200]
        remove = patch.replace(b"set>", b"remove>").replace(b"\xe2\x98\x82<b/>", b"")
        assert (await dav("PROPPATCH", "/own/c", remove)).status == 207
        assert "{y:}x" in (await value(dav, "/own/c"))[404]
        server = patch.replace(b'<x xmlns="y:">', b"<getetag>").replace(b"</x>", b"</getetag>")
        assert (await dav("PROPPATCH", "/own/c", server)).multistatus["/webdav/own/c/"][403]


async def test_a_client_that_leaves_ends_its_read(dav, library):
    source = MemorySource(bytes(100), hold_at=50)
    library.film("/own/held.mkv", source)
    async with Client.connect(dav.port) as client:
        client.send("/webdav/own/held.mkv")
        async with asyncio.timeout(10):
            await source.held.wait()
            client.leave()
            await source.ended.wait()
