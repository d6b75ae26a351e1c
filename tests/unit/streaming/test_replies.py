from __future__ import annotations

from datetime import UTC, datetime

import pytest

from altmount.library.nodes import File
from altmount.library.paths import VirtualPath
from altmount.spans import Span
from altmount.streaming.conditions import Conditions
from altmount.streaming.ranges import RangeNotSatisfiableError
from altmount.streaming.replies import Asked, reply_to

MODIFIED = datetime(2024, 2, 29, 12, 30, 15, 999_999, tzinfo=UTC)


def file_of(size=100, name="film.mkv"):
    return File(VirtualPath(f"/films/{name}"), size, MODIFIED, "v1", "0" * 36, MODIFIED)


def reply(wanted=None, file=None, **conditions):
    return reply_to(Asked(wanted, Conditions(**conditions)), file or file_of(), boundary="b0")


def spans_of(answer):
    return [part.span for part in answer.plan.parts]


def test_the_whole():
    whole = reply()
    assert (whole.status, spans_of(whole)) == (200, [Span(0, 100)])
    assert whole.headers == {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private",
        "Content-Disposition": "inline; filename*=UTF-8''film.mkv",
        "Content-Length": "100",
        "Content-Type": "video/x-matroska",
        "ETag": '"v1"',
        "Last-Modified": "Thu, 29 Feb 2024 12:30:15 GMT",
        "X-Content-Type-Options": "nosniff",
    }


def test_one_range():
    part = reply("bytes=-10")
    assert (part.status, spans_of(part)) == (206, [Span(90, 100)])
    assert part.headers["Content-Range"] == "bytes 90-99/100"
    assert part.headers["Content-Length"] == "10"
    assert part.headers["Content-Type"] == "video/x-matroska"


def test_several_ranges():
    parts = reply("bytes=0-9,50-59")
    assert (parts.status, spans_of(parts)) == (206, [Span(0, 10), Span(50, 60)])
    assert "Content-Range" not in parts.headers
    assert parts.headers["Content-Type"] == "multipart/byteranges; boundary=b0"
    assert parts.headers["Content-Length"] == str(parts.plan.size)
    assert b"Content-Type: video/x-matroska\r\n" in parts.plan.parts[0].head


def test_several_ranges_of_which_one_can_be_satisfied_are_one():
    part = reply("bytes=500-,10-19")
    assert part.headers["Content-Range"] == "bytes 10-19/100"


def test_no_range_at_all_can_be_satisfied():
    with pytest.raises(RangeNotSatisfiableError):
        reply("bytes=100-")


def test_an_empty_file():
    empty = reply("bytes=0-", file_of(0))
    assert (empty.status, spans_of(empty), empty.headers["Content-Length"]) == (200, [], "0")


@pytest.mark.parametrize(("if_range", "status"), [('"v1"', 206), ('"v0"', 200), ("nonsense", 200)])
def test_a_range_of_another_version_is_answered_with_the_whole(if_range, status):
    assert reply("bytes=0-9", if_range=if_range).status == status


def test_a_range_outside_of_another_version_is_no_error():
    assert reply("bytes=100-", if_range='"v0"').status == 200


@pytest.mark.parametrize(
    ("conditions", "status"),
    [({"if_none_match": '"v1"'}, 304), ({"if_match": '"v0"'}, 412)],
)
def test_a_condition_that_does_not_hold_leaves_no_body(conditions, status):
    answer = reply("bytes=100-", **conditions)
    assert (answer.status, spans_of(answer)) == (status, [])
    assert set(answer.headers) == {"ETag", "Last-Modified", "Cache-Control"}


def test_a_page_of_a_hostile_post_gets_no_rights():
    page = reply(file=file_of(name="index.html"))
    assert page.headers["Content-Security-Policy"] == "sandbox"
    assert page.headers["Content-Type"].startswith("text/plain")


def test_no_name_breaks_a_header():
    answer = reply(file=file_of(name='a\r\nSet-Cookie: x="y";é.mkv'))
    value = answer.headers["Content-Disposition"]
    assert value == "inline; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x%3D%22y%22%3B%C3%A9.mkv"
