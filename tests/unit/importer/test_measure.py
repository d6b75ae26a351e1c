from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.articles import ArticleUnavailableError, Urgency
from altmount.importer.measure import Measurement
from altmount.importer.measured import HEAD_BYTES
from altmount.importer.refusals import Reason
from altmount.importer.volumes import models_of
from tests.support.posts import Pattern, Posts
from tests.support.sweep import cancel_at_every_step


async def measure(posts, at_once=20):
    measurement = Measurement(posts, posts.files, at_once)
    await measurement.look()
    return await measurement.finish()


async def test_a_post_is_measured_with_one_article_of_each_file():
    posts = Posts()
    for number in range(30):
        posts.post(f"file{number}.mkv", Pattern(70_000 + number, number), 700)

    measured = await measure(posts)

    assert [file.size for file in measured] == [70_000 + number for number in range(30)]
    assert [file.parts.size for file in measured] == [file.size for file in measured]
    assert [file.yenc_name for file in measured] == [file.posted.name for file in measured]
    assert posts.bodies.total() == 30
    assert 60 <= posts.stats.total() <= 120
    assert posts.urgencies == {Urgency.IMPORT}


async def test_the_start_of_a_file_is_kept_and_no_more():
    posts = Posts()
    data = Pattern(100_000, 7)
    posts.post("film.mkv", data, 50_000)

    [file] = await measure(posts)

    assert file.head == data[:HEAD_BYTES]


async def test_what_is_not_the_start_of_a_file_is_not_kept_for_it():
    posts = Posts()
    posts.unlist(posts.post("film.mkv", Pattern(2_000), 700), 0)

    [file] = await measure(posts)

    assert (file.head, file.size) == (b"", 2_000)
    assert file.fault.reason is Reason.INCOMPLETE


@given(
    st.lists(st.lists(st.integers(1, 999), min_size=1, max_size=15), min_size=1, max_size=5),
    st.integers(1, 4),
)
def test_whatever_is_measured_has_its_exact_size_at_two_articles_or_few_in_all(shapes, at_once):
    posts = Posts()
    for number, sizes in enumerate(shapes):
        posts.post(f"file{number}.mkv", Pattern(sum(sizes)), sizes=sizes, encoded=False)

    measured = asyncio.run(measure(posts, at_once))

    for file, sizes in zip(measured, shapes, strict=True):
        assert posts.spent_on(file.posted) <= (2 if len(sizes) > 8 else 8)
        assert (file.parts is None) == (file.fault is not None)
        if file.parts is not None:
            assert file.parts.size == file.size == sum(sizes)
    assert posts.most_bodies_in_flight <= at_once


async def test_no_more_is_asked_for_at_once_than_allowed():
    posts = Posts()
    for number in range(50):
        posts.post(f"file{number}.mkv", Pattern(2_000), 700)

    await measure(posts, at_once=6)

    assert posts.most_bodies_in_flight == 6


async def test_a_file_whose_first_article_is_gone_is_at_fault_and_the_others_are_not():
    posts = Posts()
    gone = posts.post("gone.mkv", Pattern(2_000), 700)
    posts.post("here.mkv", Pattern(2_000), 700)
    posts.take_down(gone, 0)

    first, second = await measure(posts)

    assert first.fault.reason is Reason.ARTICLES_MISSING
    assert second.fault is None


async def test_a_file_whose_last_article_is_gone_is_at_fault_but_known_by_name():
    posts = Posts()
    film = posts.post("film.mkv", Pattern(2_000), 700)
    posts.take_down(film, 2)

    [file] = await measure(posts)

    assert file.fault.reason is Reason.ARTICLES_MISSING
    assert (file.size, file.yenc_name) == (2_000, "film.mkv")
    assert posts.spent_on(film) == 1


async def test_a_damaged_article_is_a_missing_one():
    posts = Posts()
    film = posts.post("film.mkv", Pattern(2_000), 700)
    posts.damaged.add(film.segments.message_id(0))

    [file] = await measure(posts)

    assert file.fault.reason is Reason.ARTICLES_MISSING


async def test_the_tail_of_a_par2_file_is_not_asked_for():
    posts = Posts()
    posts.post("film.vol00+01.PAR2", Pattern(2_000), 700)
    await measure(posts)
    assert not posts.stats


async def test_a_provider_that_cannot_be_asked_ends_it_all():
    posts = Posts()
    files = [posts.post(f"{number}.mkv", Pattern(2_000), 700) for number in range(9)]
    unlucky = files[4].segments.message_id(0)
    posts.errors[unlucky] = ArticleUnavailableError(unlucky, "no provider is enabled")

    with pytest.raises(ArticleUnavailableError, match="no provider is enabled"):
        await measure(posts)

    assert posts.in_flight == 0


async def test_the_order_in_which_articles_come_makes_no_difference():
    posts = Posts()
    files = [posts.post(f"{number}.mkv", Pattern(900 + number), 300) for number in range(6)]
    gates = [asyncio.Event() for _ in files]
    posts.gates = {f.segments.message_id(0): gate for f, gate in zip(files, gates, strict=True)}

    measuring = asyncio.create_task(measure(posts))
    for gate in reversed(gates):
        await asyncio.sleep(0)
        gate.set()

    assert [file.size for file in await measuring] == [900 + number for number in range(6)]


async def test_cancelling_it_anywhere_leaves_nothing_in_the_air():
    posts = Posts()
    for number in range(3):
        posts.post(f"{number}.mkv", Pattern(60), sizes=[10, 30, 20])

    async def nothing_in_the_air():
        assert posts.in_flight == 0

    await cancel_at_every_step(lambda: measure(posts, at_once=2), nothing_in_the_air)


def volumes(posts, count=9, size=70_000):
    return [
        posts.post(f"x.part{number:02}.rar", Pattern(size, number), 700)
        for number in range(1, count + 1)
    ]


async def look_at_volumes(posts):
    measurement = Measurement(posts, posts.files, 4, models=models_of(posts.files))
    await measurement.look()
    return measurement, await measurement.finish()


async def test_volumes_that_are_alike_cost_one_article_for_most_of_them():
    posts = Posts()
    files = volumes(posts)

    _, measured = await look_at_volumes(posts)

    assert [posts.spent_on(file) for file in files] == [1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert [file.inferred for file in measured] == [False] * 2 + [True] * 6 + [False]
    assert {file.size for file in measured} == {70_000}
    assert {file.parts.size for file in measured} == {70_000}
    asked = [posts.stats[files[3].segments.message_id(index)] for index in (0, 49, 99)]
    assert asked == [1, 1, 1]


@pytest.mark.parametrize("index", [0, 49, 99])
async def test_a_volume_that_is_not_there_is_not_inferred(index):
    posts = Posts()
    posts.take_down(volumes(posts)[4], index)

    _, measured = await look_at_volumes(posts)

    assert measured[4].fault.reason is Reason.ARTICLES_MISSING
    assert not measured[4].inferred


async def test_where_the_model_has_a_fault_its_followers_are_looked_at():
    posts = Posts()
    files = volumes(posts)
    posts.take_down(files[1], 50)
    posts.take_down(files[1], 49)

    _, measured = await look_at_volumes(posts)

    assert measured[1].fault is not None
    assert [posts.spent_on(file) for file in files[2:]] == [1] * 7
    assert not any(file.inferred for file in measured)


async def test_a_volume_that_turns_out_to_be_unlike_the_others_is_looked_at():
    posts = Posts()
    files = volumes(posts)
    measurement, _ = await look_at_volumes(posts)

    measured = await measurement.look_at(5)

    assert posts.spent_on(files[5]) == 1
    assert [file.inferred for file in measured] == [False] * 2 + [True] * 3 + [False] + [
        True
    ] * 2 + [False]


async def test_how_much_is_looked_at_is_told_article_by_article():
    posts, told = Posts(), []
    for number in range(3):
        posts.post(f"file{number}.mkv", Pattern(70_000, number), 700)
    measurement = Measurement(posts, posts.files, 4, percent=5)
    await measurement.look(told.append)
    asked = posts.bodies.total() + posts.stats.total()
    assert told == [number / asked for number in range(1, asked + 1)]
    told.clear()
    await measurement.sweep(0, told.append)
    assert told == sorted(told)
    assert 0.9 < told[-1] <= 1.0
