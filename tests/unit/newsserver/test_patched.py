from __future__ import annotations

import pytest
import sabctools

from altmount.errors import InvalidRequestError
from altmount.newsserver.patched import PatchedPosting
from altmount.newsserver.posting import Envelope
from altmount.newsserver.spool import Spool
from altmount.newsserver.synthetic import payload

SIZE, ARTICLE = 10_000, 1_000
PATCHES = [(0, b"head"), (1_995, b"over a border"), (9_990, b"tail")]


def posting(patches=PATCHES):
    return PatchedPosting("a.rar", 7, SIZE, patches, Envelope(article_size=ARTICLE))


def whole():
    data = bytearray(payload(7, 0, SIZE, article_size=ARTICLE))
    for offset, patch in PATCHES:
        data[offset : offset + len(patch)] = patch
    return bytes(data)


def test_what_was_patched_is_there_and_all_else_is_synthetic():
    made = posting()
    assert b"".join(made.payload(number) for number in range(1, made.total + 1)) == whole()


@pytest.mark.parametrize("number", range(1, 11))
def test_each_body_has_the_bytes_and_the_checksum_of_its_part(number):
    decoder = sabctools.Decoder(1 << 16)
    wire = b"222 0 <a>\r\n" + b"".join(map(bytes, posting().body(number))) + b".\r\n"
    memoryview(decoder)[: len(wire)] = wire
    decoder.process(len(wire))
    [answer] = list(decoder)
    assert bytes(answer.data) == whole()[(number - 1) * ARTICLE : number * ARTICLE]
    assert answer.crc is not None
    assert answer.file_name == "a.rar"


def test_articles_of_what_was_posted_are_found():
    spool, made = Spool(), posting()
    assert spool.find(made.message_id(3)) is None
    spool.post_patched(made)
    assert spool.find(made.message_id(3)).posting is made
    assert spool.find(made.message_id(11)) is None


def test_other_patches_make_other_articles():
    assert posting().message_id(1) != posting(PATCHES[1:]).message_id(1)


@pytest.mark.parametrize("patch", [(-1, b"a"), (SIZE, b"a"), (SIZE - 1, b"ab")])
def test_a_patch_outside_of_the_file_is_refused(patch):
    with pytest.raises(InvalidRequestError, match="outside"):
        posting([patch])
