"""Payloads and Message-IDs by seed, and posts made of them."""

from __future__ import annotations

import random
from array import array

import sabctools

from altmount.articles import Body, Part, parse_message_id
from altmount.reader.extents import ArticleTable, ExtentMap, PostedName


def message_id(index, seed=0):
    return parse_message_id(f"s{seed}-{index:06d}@fake")


def payload(size, seed=0):
    return random.Random(seed).randbytes(size)


def article_table(sizes, seed=0):
    """The table of one posted file, cut into articles of these sizes."""
    begins, ids, ends, position = array("Q"), bytearray(), array("Q"), 0
    for index, size in enumerate(sizes):
        begins.append(position)
        position += size
        ids += message_id(index, seed).encode()
        ends.append(len(ids))
    return ArticleTable(
        begins,
        array("I", sizes),
        array("I", [0] * len(sizes)),
        bytes(ids),
        ends,
        (PostedName(position, "film.mkv"),),
    )


def extent_map(sizes, seed=0):
    table = article_table(sizes, seed)
    return ExtentMap.joined(table, range(len(sizes)))


def bodies(data, sizes, seed=0):
    """The articles of one posted file, by Message-ID."""
    found, position = {}, 0
    for index, size in enumerate(sizes):
        part = Part(position, size, len(data), "film.mkv")
        piece = memoryview(data)[position : position + size]
        found[message_id(index, seed)] = Body(piece, part)
        position += size
    return found


def yenc_article(body, *, total=None, crc=None):
    """The lines of a yEnc article, dot-stuffed, up to and with the closing dot."""
    part = body.part
    encoded, right_crc = sabctools.yenc_encode(bytes(body.data))
    sizes = f"total={total or 1} line=128 size={part.file_size}"
    head = (
        f"=ybegin part=1 {sizes} name={part.file_name}\r\n"
        f"=ypart begin={part.begin + 1} end={part.begin + part.size}\r\n"
    )
    crc = right_crc if crc is None else crc
    text = (
        head.encode() + encoded + f"\r\n=yend size={part.size} part=1 pcrc32={crc:08x}\r\n".encode()
    )
    return text.replace(b"\r\n.", b"\r\n..") + b".\r\n"
