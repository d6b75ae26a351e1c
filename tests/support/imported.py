"""What tests of imports post, and what they find in the library afterwards."""

from __future__ import annotations

import random

import pytest

from altmount.importer.refusals import Refusal
from altmount.spans import Span

MKV = b"\x1a\x45\xdf\xa3"


def film(size=50_000, seed=1):
    return MKV + random.Random(seed).randbytes(size - 4)


def hidden(seed):
    return random.Random(seed).randbytes(16).hex()


def post(house, volumes, names, **how):
    """Post volumes under names, which are a pattern of numbers from 1, or a list."""
    if isinstance(names, str):
        names = [names.format(number) for number in range(1, len(volumes) + 1)]
    return [
        house.posts.post(name, data, 700, **how) for name, data in zip(names, volumes, strict=True)
    ]


async def the_film(house, content, path="/complete/The Title/The Title.mkv"):
    """The only file of the library, checked whole and by spans."""
    files = await house.files()
    assert list(files) == [path]
    await equals(house, files[path], content)


async def the_films(house, films):
    """These files are in the release's folder, each checked whole and by spans."""
    found = await house.files()
    for name, data in films.items():
        await equals(house, found[f"/complete/The Title/{name}"], data)


async def equals(house, file, content):
    assert file.size == len(content)
    assert await house.read(file) == content
    rng = random.Random(len(content))
    for _ in range(8):
        start = rng.randrange(len(content))
        stop = rng.randint(start, min(len(content), start + 3_000))
        assert await house.read(file, Span(start, stop)) == content[start:stop]


async def refused(house, **how):
    with pytest.raises(Refusal) as caught:
        await house.imported(**how)
    assert await house.files() == {}
    return caught.value
