from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from altmount.doctor.listing import Listed, listed_in
from altmount.webdav.multistatus import HEAD, TAIL


def response(href, kind="", length=None):
    size = "" if length is None else f"<D:getcontentlength>{length}</D:getcontentlength>"
    return (
        f"<D:response><D:href>{href}</D:href><D:propstat><D:prop><D:resourcetype>{kind}"
        f"</D:resourcetype>{size}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
        "</D:response>"
    )


FOLDER = "<D:collection/>"


def listing(*responses):
    return f"{HEAD}{''.join(responses)}{TAIL}".encode()


def test_what_is_directly_in_a_folder_is_taken_and_nothing_else():
    body = listing(
        response("/webdav/", FOLDER),
        response("/webdav/films/", FOLDER),
        response("/webdav/a%20film.mkv", length=7),
        response("/webdav/films/deeper.mkv", length=7),
        response("/elsewhere/film.mkv", length=7),
        response("http://other/webdav/film.mkv", length=7),
        response("film.mkv", length=7),
        response("/webdav/..", FOLDER),
        response("/webdav/odd", length="many"),
        response(""),
    )
    assert listed_in("/webdav/", body) == [
        Listed("/webdav/films/", None),
        Listed("/webdav/a%20film.mkv", 7),
        Listed("/webdav/odd", 0),
    ]


@given(st.lists(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=5)), st.data())
def test_of_what_is_cut_off_all_that_is_whole_is_taken(names, data):
    body = listing(*(response(f"/webdav/{quote(name)}", length=5) for name in names))
    cut = data.draw(st.integers(0, len(body)))
    found = [one.href for one in listed_in("/webdav/", body[:cut])]
    assert found == [f"/webdav/{quote(name)}" for name in names][: len(found)]
    assert len(found) >= body[:cut].count(b"</D:response>") - 1


@given(st.binary(max_size=200))
def test_whatever_is_answered_there_is_no_error(body):
    assert listed_in("/webdav/", body) == []


def test_entities_are_not_expanded():
    body = listing(response("/webdav/&a;", length=1)).replace(
        b"?>", b'?><!DOCTYPE x [<!ENTITY a "aaaa">]>', 1
    )
    assert listed_in("/webdav/", body) == []
