from __future__ import annotations

from email.parser import BytesParser

from hypothesis import given
from hypothesis import strategies as st

from altmount.spans import Span
from altmount.streaming.multipart import multipart, plain

DATA = bytes(range(256))


def body_of(plan):
    parts = [part.head + DATA[part.span.start : part.span.stop] for part in plan.parts]
    return b"".join([*parts, plan.tail])


def test_a_plain_body_is_the_bytes_of_the_span():
    assert body_of(plain(Span(3, 9))) == DATA[3:9]
    assert plain(Span(3, 9)).size == 6


def test_an_empty_body_has_no_parts():
    assert (plain(Span(5, 5)).parts, plain(Span(5, 5)).size) == ((), 0)


ends = st.tuples(st.integers(0, 255), st.integers(0, 255)).filter(lambda pair: pair[0] != pair[1])


@given(st.lists(ends, min_size=1, max_size=5))
def test_a_body_of_many_parts_is_read_back_by_a_mime_parser(pairs):
    spans = [Span(min(pair), max(pair)) for pair in pairs]
    plan = multipart(spans, size=256, content_type="video/mp4", boundary="Bound4ry")
    body = body_of(plan)
    assert plan.size == len(body)

    head = b'Content-Type: multipart/byteranges; boundary="Bound4ry"\r\n\r\n'
    message = BytesParser().parsebytes(head + body)
    assert not message.defects
    for part, span in zip(message.get_payload(), spans, strict=True):
        assert part.get_content_type() == "video/mp4"
        assert part["Content-Range"] == f"bytes {span.start}-{span.stop - 1}/256"
        assert part.get_payload(decode=True) == DATA[span.start : span.stop].replace(b"\r\n", b"\n")
