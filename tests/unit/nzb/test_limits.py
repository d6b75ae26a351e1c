from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from altmount.nzb.errors import NzbError, NzbFault
from altmount.nzb.limits import Limits
from altmount.nzb.parse import parse_nzb
from tests.support.nzbs import nzb_of, posted_file, text_of, xml_of

NZB = nzb_of(files=3, segments=5, a="1", b="2")
TEXT = text_of(NZB)
BROKEN = xml_of(NZB).replace("<groups>", "<groups>&nbsp;").encode()
TAGS = TEXT.count(b"<") - TEXT.count(b"</") - 2


@pytest.mark.parametrize("data", [TEXT, BROKEN])
@pytest.mark.parametrize("of", ["size", "files", "segments", "file_segments", "tags"])
def test_one_too_many_is_refused(data, of):
    exact = Limits(size=len(data), files=3, segments=15, file_segments=5, tags=TAGS)
    assert parse_nzb(data, exact) == NZB
    with pytest.raises(NzbError) as caught:
        parse_nzb(data, replace(exact, **{of: getattr(exact, of) - 1}))
    assert caught.value.code is NzbFault.TOO_LARGE


def test_the_unpacked_size_counts():
    packed = gzip.compress(TEXT)
    assert parse_nzb(packed, Limits(size=len(TEXT))) == NZB
    with pytest.raises(NzbError, match="unpacks to more"):
        parse_nzb(packed, Limits(size=len(TEXT) - 1))


def test_more_metas_and_groups_than_anyone_needs_are_left_out():
    nzb = nzb_of(files=1, a="1", b="2")
    file = posted_file("s", [(1, 2, "a@b")], groups=["x", "y"])
    parsed = parse_nzb(text_of(replace(nzb, files=(file,))), Limits(metas=1, groups=1))
    assert (parsed.metas, parsed.files[0].groups) == ({"a": "1"}, ("x",))


def test_long_texts_are_cut():
    file = posted_file("s" * 5000, [(1, 2, "a@b")], poster="p" * 5000, groups=["g" * 5000])
    [parsed] = parse_nzb(text_of(replace(NZB, files=(file,)))).files
    assert [len(text) for text in (parsed.subject, parsed.poster, *parsed.groups)] == [
        4096,
        4096,
        255,
    ]


def test_deep_nesting_is_no_obstacle():
    deep = b"<nzb>" + b"<a>" * 1000 + TEXT[TEXT.index(b"<file") :].replace(b"</nzb>", b"")
    deep += b"</a>" * 1000 + b"</nzb>"
    assert parse_nzb(deep).files == NZB.files
