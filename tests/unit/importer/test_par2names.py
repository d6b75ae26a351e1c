from __future__ import annotations

import pytest

from altmount.articles import ArticleUnavailableError
from altmount.importer.measure import Measurement
from altmount.importer.par2names import index_to_read, name_of, names_by_hash, read_index
from altmount.par2.parse import Par2File, hash16k
from tests.support.par2s import par2_index
from tests.support.posts import Pattern, Posts

FILM = Pattern(60_000, 1)


async def measured(posts):
    measurement = Measurement(posts, posts.files, 20)
    await measurement.look()
    return await measurement.finish()


def chosen(files):
    steps = index_to_read(files)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def obfuscated_post():
    posts = Posts()
    posts.post("0a1b2c3d4e5f60718293a4b5c6d7e8f9", FILM, 20_000)
    posts.post("x.vol0+1.par2", par2_index({"Some.Film.mkv": FILM}) + bytes(900), 400)
    posts.post("x.par2", par2_index({"Some.Film.mkv": FILM}), 100)
    return posts


async def test_the_smallest_index_names_a_film_that_hides_its_name():
    posts = obfuscated_post()
    files = await measured(posts)

    assert chosen(files) == 2
    listed = await read_index(posts, files[2])

    assert name_of(files[0], names_by_hash(listed)) == "Some.Film.mkv"
    assert name_of(files[1], names_by_hash(listed)) == ""


async def test_no_index_is_read_where_all_names_are_clear():
    posts = Posts()
    posts.post("Some.Film.2024.mkv", FILM, 20_000)
    posts.post("x.par2", par2_index({"Some.Film.mkv": FILM}))
    assert chosen(await measured(posts)) is None


async def test_without_an_index_none_is_read():
    posts = Posts()
    posts.post("0a1b2c3d4e5f60718293a4b5c6d7e8f9", FILM, 20_000)
    assert chosen(await measured(posts)) is None


async def test_an_index_is_known_by_its_bytes_where_its_name_hides_it():
    posts = Posts()
    posts.post("0a1b2c3d4e5f60718293a4b5c6d7e8f9", FILM, 20_000)
    posts.post("1a1b2c3d4e5f60718293a4b5c6d7e8f9", par2_index({"Some.Film.mkv": FILM}))
    assert chosen(await measured(posts)) == 1


async def test_what_came_of_a_damaged_index_is_used():
    posts = obfuscated_post()
    files = await measured(posts)
    posts.take_down(posts.files[2], len(posts.files[2].segments) - 1)

    listed = await read_index(posts, files[2])

    assert [file.name for file in listed] == ["Some.Film.mkv"]


async def test_an_index_that_cannot_be_had_now_is_not_taken_for_none():
    posts = obfuscated_post()
    files = await measured(posts)
    message_id = posts.files[2].segments.message_id(1)
    posts.errors[message_id] = ArticleUnavailableError(message_id, "timed out")
    with pytest.raises(ArticleUnavailableError):
        await read_index(posts, files[2])


async def test_a_file_of_another_size_is_another_file():
    posts = obfuscated_post()
    files = await measured(posts)
    other = Par2File("Other.mkv", 7, hash16k(files[0].head))
    assert name_of(files[0], names_by_hash([other])) == ""


async def test_a_file_of_which_too_little_is_at_hand_is_not_named():
    posts = Posts()
    posts.post("0a1b2c3d4e5f60718293a4b5c6d7e8f9", FILM, 5_000)
    [file] = await measured(posts)
    known = Par2File("Some.Film.mkv", len(FILM), hash16k(file.head))
    assert name_of(file, names_by_hash([known])) == ""


async def test_of_two_files_alike_the_first_name_counts():
    one, two = (Par2File(name, 7, bytes(16)) for name in ("a", "b"))
    assert list(names_by_hash([one, two]).values()) == ["a"]
