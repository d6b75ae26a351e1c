from __future__ import annotations

import pytest

from altmount.errors import InvalidRequestError
from altmount.webdav.propfind import (
    EVERYTHING,
    MAX_NAMES,
    Depth,
    Wanted,
    parse_depth,
    parse_propfind,
)


def propfind(inner):
    return f'<D:propfind xmlns:D="DAV:" xmlns:x="y:">{inner}</D:propfind>'.encode()


@pytest.mark.parametrize(
    ("header", "depth"),
    [
        (None, Depth.INFINITY),
        ("", Depth.INFINITY),
        ("0", Depth.ZERO),
        (" 1 ", Depth.ONE),
        ("Infinity", Depth.INFINITY),
    ],
)
def test_a_depth_is_one_of_three_and_infinite_if_not_said(header, depth):
    assert parse_depth(header) is depth


@pytest.mark.parametrize("header", ["2", "-1", "1,noroot", "\u0660"])
def test_another_depth_is_refused(header):
    with pytest.raises(InvalidRequestError):
        parse_depth(header)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"", EVERYTHING),
        (b" \n", EVERYTHING),
        (propfind("<D:allprop/>"), EVERYTHING),
        (propfind("<x:unknown/><D:allprop/>"), EVERYTHING),
        (propfind("<D:propname/>"), Wanted(names_only=True)),
        (propfind("<D:prop/>"), Wanted()),
        (
            propfind("<D:prop><D:getetag/><x:a/><D:getetag/><b/></D:prop>"),
            Wanted(("{DAV:}getetag", "{y:}a", "b")),
        ),
        (
            propfind("<D:allprop/><D:include><x:a/></D:include>"),
            Wanted(("{y:}a",), all=True),
        ),
    ],
)
def test_what_is_asked_for_is_understood(body, wanted):
    assert parse_propfind(body) == wanted


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<x:unknown/>",
        "<D:allprop/><D:propname/>",
        "<D:prop><D:getetag/></D:prop><D:prop><D:getetag/></D:prop>",
        "<D:prop/><D:include/><D:allprop/>",
        "<D:propname/><D:include><x:a/></D:include>",
        f"<D:prop>{''.join(f'<x:a{n}/>' for n in range(MAX_NAMES + 1))}</D:prop>",
    ],
)
def test_contradictions_and_too_many_wishes_are_refused(inner):
    with pytest.raises(InvalidRequestError):
        parse_propfind(propfind(inner))


def test_another_document_is_refused():
    with pytest.raises(InvalidRequestError):
        parse_propfind(b'<D:lockinfo xmlns:D="DAV:"/>')
