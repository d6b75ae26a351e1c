from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.errors import InvalidRequestError
from altmount.webdav.errors import ForeignDestinationError, OutsideError
from altmount.webdav.headers import MAX_IF, parse_destination, rewrite_if

HOSTS = ("films.example:8080", "")


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("http://films.example:8080/webdav/a", "/a"),
        ("https://FILMS.example/webdav/a/", "/a"),
        ("/webdav/a%3Fb%23c%20d", "/a?b#c d"),
        ("/webdav", "/"),
        (" /webdav/%E2%98%82 ", "/☂"),
    ],
)
def test_a_destination_is_a_path_on_the_share(header, path):
    assert parse_destination(header, "/webdav", HOSTS) == path


def test_a_share_at_the_root_has_all_paths():
    assert parse_destination("http://films.example/webdav/a", "", HOSTS) == "/webdav/a"


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (None, InvalidRequestError),
        ("", InvalidRequestError),
        ("http://[bad/webdav/a", InvalidRequestError),
        ("/webdav/a?b", InvalidRequestError),
        ("/webdav/a#b", InvalidRequestError),
        ("/webdav/../a", InvalidRequestError),
        ("/webdav/a%2Fb", InvalidRequestError),
        ("/webdav/a%00", InvalidRequestError),
        ("/webdav/%ff", InvalidRequestError),
        ("/webdav/" + "x" * 10_000, InvalidRequestError),
        ("http://elsewhere/webdav/a", ForeignDestinationError),
        ("//elsewhere/webdav/a", ForeignDestinationError),
        ("/webdavs/a", OutsideError),
        ("/files/a", OutsideError),
    ],
)
def test_another_destination_is_refused(header, error):
    with pytest.raises(error):
        parse_destination(header, "/webdav", HOSTS)


@pytest.mark.parametrize(
    ("header", "rewritten"),
    [
        ("(<urn:a>)", "(<urn:a>)"),
        ('(Not <urn:a> ["tag"])', '(Not <urn:a> ["tag"])'),
        ("<http://x/webdav/a%20b/> (<urn:a>)", "</a%20b> (<urn:a>)"),
        ("</webdav/> (<urn:a>) (<urn:b>)", "</> (<urn:a>) (<urn:b>)"),
        ("</webdav/a>(<urn:a>) </webdav/b> (<urn:b>)", "</a>(<urn:a>) </b> (<urn:b>)"),
    ],
)
def test_the_tags_of_a_condition_are_what_wsgidav_calls_them(header, rewritten):
    assert rewrite_if(header, "/webdav") == rewritten


@pytest.mark.parametrize(
    "header", ["</webdav/../x> (<a>)", "(" + "x" * MAX_IF, "<http://[x> (<a>)"]
)
def test_a_condition_on_what_cannot_be_is_refused(header):
    with pytest.raises(InvalidRequestError):
        rewrite_if(header, "/webdav")


@given(st.text(max_size=200))
def test_whatever_comes_is_understood_or_refused(header):
    for parse in (rewrite_if, lambda one, prefix: parse_destination(one, prefix, HOSTS)):
        try:
            parse(header, "/webdav")
        except (InvalidRequestError, ForeignDestinationError, OutsideError):
            pass
