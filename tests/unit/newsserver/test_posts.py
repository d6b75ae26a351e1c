from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.errors import InvalidRequestError, NotFoundError
from altmount.newsserver.posting import Envelope
from altmount.newsserver.posts import ContentPosting, EncodedBodies, FileContent, MemoryContent
from tests.unit.newsserver.talk import decoded


def posting_of(data, *, name="a.bin", article_size=100, encoded=None, **values):
    envelope = Envelope(article_size, **values)
    return ContentPosting(name, MemoryContent(data), encoded or EncodedBodies(), envelope)


@given(st.binary(min_size=1, max_size=2000), st.integers(1, 700))
def test_the_parts_are_the_file(data, article_size):
    posting = posting_of(data, article_size=article_size)
    bodies = [decoded(posting.body(number)) for number in range(1, posting.total + 1)]
    assert b"".join(bytes(body.data) for body in bodies) == data
    assert all(body.crc == body.crc_expected for body in bodies)


def test_a_file_is_read_where_the_part_lies(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(250)))
    posting = ContentPosting("a.bin", FileContent.at(path), EncodedBodies(), Envelope(100))
    assert posting.payload(2) == bytes(range(100, 200))
    assert bytes(decoded(posting.body(3)).data) == bytes(range(200, 250))


def test_a_file_that_was_cut_cannot_be_read(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(250))
    posting = ContentPosting("a.bin", FileContent.at(path), EncodedBodies(), Envelope(100))
    os.truncate(path, 120)
    with pytest.raises(OSError, match="cut after it was posted"):
        posting.body(2)


def test_what_is_no_file_cannot_be_posted(tmp_path):
    with pytest.raises(NotFoundError, match="No such file"):
        FileContent.at(tmp_path / "none")
    with pytest.raises(InvalidRequestError, match="not a file"):
        FileContent.at(tmp_path)


def test_an_empty_file_cannot_be_posted():
    with pytest.raises(InvalidRequestError, match="empty"):
        posting_of(b"")


def test_message_ids_are_the_same_after_a_restart(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 250)
    tokens = {ContentPosting("a.bin", FileContent.at(path), EncodedBodies()).token for _ in "12"}
    assert len(tokens) == 1


def test_other_posts_have_other_message_ids():
    posts = [
        posting_of(b"x"),
        posting_of(b"y"),
        posting_of(b"x", name="b.bin"),
        posting_of(b"x", article_size=99),
        posting_of(b"x", salt="again"),
        posting_of(b"x", yenc_name="other"),
    ]
    assert len({post.message_id(1) for post in posts}) == len(posts)


def test_a_body_is_encoded_once_while_it_is_remembered():
    posting = posting_of(b"x" * 250)
    assert posting.body(1) is posting.body(1)


def test_bodies_are_forgotten_oldest_first_to_keep_to_the_limit():
    encoded = EncodedBodies(limit=250)
    for name in "abc":
        if name == "c":
            assert encoded.get("a") is not None  # which makes "b" the oldest
        encoded.put(name, (b"x" * 100,))
    assert [encoded.get(name) is not None for name in "abc"] == [True, False, True]


def test_a_body_larger_than_the_limit_is_not_kept():
    encoded = EncodedBodies(limit=10)
    encoded.put("a", (b"x" * 11,))
    assert encoded.get("a") is None
