"""Posts of archives, imported and read: every file equals the original."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from altmount.aio import steps
from altmount.articles import ArticleDamagedError
from altmount.ciphers.rclone import derive_keys, keys_of
from altmount.importer.rclonesecrets import Secret
from altmount.importer.refusals import Reason, Refusal
from altmount.reader import probe as probing
from altmount.spans import Span
from tests.support.encrypted import rclone_file
from tests.support.house import RULES, opened
from tests.support.imported import MKV, equals, film, hidden, post, refused, the_film, the_films
from tests.support.par2s import par2_index
from tests.support.posts import Pattern
from tests.support.rars import File, rar4, rar5
from tests.support.sevenzips import LZMA, sevenzip
from tests.support.sevenzips import File as SevenZipFile
from tests.support.zips import File as ZipFile
from tests.support.zips import zipped

rars = pytest.mark.parametrize("rar", [rar4, rar5])


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as made:
        yield made


def rolling(count):
    return ["Film.rar", *(f"Film.r{number:02}" for number in range(count - 1))]


@rars
@pytest.mark.parametrize(
    "names", ["Film.part{:02}.rar", "Film.part{}.rar", "Film.{:03}", "Film.{}", rolling]
)
async def test_a_stored_film_in_many_volumes_plays_after_a_few_articles(house, rar, names):
    volumes = rar([File("Some.Film.mkv", film())], volume_size=2_000)
    assert len(volumes) > 20
    post(house, volumes, names(len(volumes)) if callable(names) else names)

    job = await house.imported()

    assert house.posts.bodies.total() <= 7
    assert job.size == 50_000
    await the_film(house, film())


@rars
@pytest.mark.parametrize("headers", [False, True])
async def test_an_encrypted_film_plays_with_the_password_of_the_nzb(house, rar, headers):
    volumes = rar(
        [File("Some.Film.mkv", film())],
        volume_size=5_000,
        password="s3cret",
        encrypted_headers=headers,
    )
    post(house, volumes, "Film.part{:02}.rar")
    house.posts.metas["password"] = "s3cret"
    await house.imported()
    await the_film(house, film())


@rars
@pytest.mark.parametrize("headers", [False, True])
async def test_what_is_encrypted_needs_a_password(house, rar, headers):
    volumes = rar([File("a.mkv", film())], password="s3cret", encrypted_headers=headers)
    post(house, volumes, "Film.rar")
    assert (await refused(house)).code is Reason.ENCRYPTED


@rars
@pytest.mark.parametrize("headers", [False, True])
async def test_a_wrong_password_is_said_to_be_one(house, rar, headers):
    volumes = rar([File("a.mkv", film())], password="s3cret", encrypted_headers=headers)
    post(house, volumes, "Film.rar")
    house.posts.metas["password"] = "another"
    assert (await refused(house)).code is Reason.WRONG_PASSWORD


@rars
async def test_a_password_that_is_given_later_opens_what_was_refused(house, rar):
    post(house, rar([File("a.mkv", film())], password="s3cret", volume_size=9_000), "F.part{}.rar")
    job = await house.claimed()
    with pytest.raises(Refusal):
        await house.pipeline.run(job)
    await house.jobs.fail(job.id, reason="encrypted", message="it is")
    await house.queue.retry(job.id, "wrong")
    job = await house.jobs.claim()
    with pytest.raises(Refusal):
        await house.pipeline.run(job)
    await house.jobs.fail(job.id, reason="wrong-password", message="it is")

    await house.queue.retry(job.id, "s3cret")
    await house.pipeline.run(await house.jobs.claim())

    await the_film(house, film())


@pytest.mark.parametrize("name", ["The Title{{s3cret}}.nzb", "The Title password=s3cret.nzb"])
async def test_a_password_in_the_name_of_the_nzb_opens_it(house, name):
    post(house, rar4([File("a.mkv", film())], password="s3cret"), "Film.rar")
    await house.imported(name=name)
    await the_film(house, film())


async def test_passwords_of_the_settings_are_tried(tmp_path):
    rules = replace(RULES, passwords=("one", "s3cret"))
    async with opened(tmp_path, rules) as house:
        volumes = rar4([File("a.mkv", film())], password="s3cret", volume_size=9_000)
        post(house, volumes, "Film.part{:02}.rar")
        await house.imported()
        await the_film(house, film())


@rars
async def test_several_films_and_folders_in_one_set(house, rar):
    episodes = {f"Show.S01/Disc {n}/Show.S01E0{n}.mkv": film(9_000 + n, n) for n in range(1, 5)}
    extra = {"Show.S01/Show.S01E01.srt": b"words", "Show.S01/setup.exe": b"MZ"}
    files = [File(path, data) for path, data in (episodes | extra).items()]
    post(house, rar(files, volume_size=2_000), "x.part{}.rar")

    await house.imported(name="Show.S01.nzb")

    found = await house.files()
    folder = "/complete/Show.S01/"
    shown = {path.removeprefix("Show.S01/"): data for path, data in episodes.items()}
    shown["Show.S01E01.srt"] = b"words"
    assert set(found) == {folder + path for path in shown}
    for path, data in shown.items():
        await equals(house, found[folder + path], data)


async def test_several_sets_in_one_post(house):
    films = {f"Show.S01E0{number}": film(20_000, number) for number in range(1, 4)}
    for name, data in films.items():
        volumes = rar5([File(f"{name}.mkv", data)], volume_size=3_000)
        post(house, volumes, name + ".part{:02}.rar")
    await house.imported()
    found = await house.files()
    for name, data in films.items():
        await equals(house, found[f"/complete/The Title/{name}.mkv"], data)


@rars
@pytest.mark.parametrize("ending", ["", ".rar", ".bin"])
async def test_volumes_of_random_names_are_ordered_by_their_headers(house, rar, ending):
    volumes = rar([File("Some.Film.mkv", film())], volume_size=4_000)
    names = [hidden(number) + ending for number in range(len(volumes))]
    order = random.Random(3).sample(range(len(volumes)), len(volumes))
    post(house, [volumes[n] for n in order], [names[n] for n in order], yenc_name="x")
    await house.imported()
    await the_film(house, film())


async def test_several_sets_of_random_names_are_told_apart(house):
    films = {f"Show.S01E0{number}.mkv": film(20_000, number) for number in range(1, 4)}
    volumes = [
        volume
        for name, data in films.items()
        for volume in rar5([File(name, data)], volume_size=3_000)
    ]
    random.Random(1).shuffle(volumes)
    post(house, volumes, [hidden(number) for number in range(len(volumes))])
    await house.imported()
    await the_films(house, films)


async def test_volumes_that_each_have_a_base_of_their_own_are_one_set(house):
    volumes = rar5([File("Some.Film.mkv", film())], volume_size=4_000)
    names = [f"{hidden(n)}.part{n + 1:02}.rar" for n in range(len(volumes))]
    post(house, volumes, names)
    await house.imported()
    await the_film(house, film())


async def test_names_from_the_par2_index_order_volumes(house):
    volumes = rar4([File("Some.Film.mkv", film())], volume_size=20_000, numbered_end=False)
    names = [f"Film.part{n + 1}.rar" for n in range(len(volumes))]
    mixed = [2, 0, 1]
    for n in mixed:
        house.posts.post(hidden(n), volumes[n], 20_000)
    house.posts.post(hidden(9), par2_index(dict(zip(names, volumes, strict=True))), 700)
    await house.imported()
    await the_film(house, film())


@rars
async def test_a_volume_that_is_missing_is_told(house, rar):
    volumes = rar([File("Some.Film.mkv", film())], volume_size=4_000)
    names = [f"Film.part{n + 1:02}.rar" for n in range(len(volumes))]
    post(house, volumes[:5] + volumes[6:], names[:5] + names[6:])
    found = await refused(house)
    assert found.code is Reason.VOLUMES_MISSING
    assert "number 6" in str(found)


@rars
async def test_last_volumes_that_are_missing_are_told(house, rar):
    volumes = rar([File("Some.Film.mkv", film())], volume_size=4_000)
    post(house, volumes[:-2], "Film.part{:02}.rar")
    assert (await refused(house)).code is Reason.VOLUMES_MISSING


@pytest.mark.parametrize("index", [0, 2, 5])
async def test_a_volume_whose_articles_are_gone_is_told(house, index):
    volumes = rar5([File("Some.Film.mkv", film())], volume_size=4_000)
    files = post(house, volumes, "Film.part{:02}.rar")
    house.posts.take_down(files[4], index)
    assert (await refused(house)).code is Reason.ARTICLES_MISSING


@rars
async def test_a_compressed_film_is_refused_as_such(house, rar):
    volumes = rar([File("a.mkv", film(), method=3)], volume_size=4_000)
    post(house, volumes, "Film.part{:02}.rar")
    assert (await refused(house)).code is Reason.COMPRESSED


@rars
async def test_a_stored_film_beside_a_compressed_nfo_plays(house, rar):
    files = [File("about.nfo", b"about" * 99, method=5), File("a.mkv", film())]
    post(house, rar(files, volume_size=4_000), "Film.part{:02}.rar")
    await house.imported()
    await the_film(house, film())


@rars
async def test_no_half_of_a_set_is_shown(house, rar):
    files = [File("a.mkv", film()), File("b.mkv", film(60_000, 2), method=3)]
    post(house, rar(files, volume_size=4_000), "Film.part{:02}.rar")
    assert (await refused(house)).code is Reason.COMPRESSED


async def test_nothing_to_show_in_an_archive_is_said_so(house):
    post(house, rar5([File("setup.exe", bytes(9_000))]), "Film.rar")
    assert (await refused(house)).code is Reason.NO_MEDIA


@pytest.mark.parametrize("password", [None, "s3cret"])
async def test_a_set_in_a_set_plays(house, password):
    inner = rar5([File("Some.Film.mkv", film())], volume_size=6_000)
    files = [File(f"in/x.part{n + 1}.rar", data) for n, data in enumerate(inner)]
    outer = rar5(files, volume_size=9_000, password=password)
    post(house, outer, "Film.part{:02}.rar")
    house.posts.metas |= {"password": password} if password else {}
    await house.imported()
    await the_film(house, film())


async def test_a_long_set_in_a_set_costs_few_articles(house):
    inner = rar5([File("Some.Film.mkv", film())], volume_size=2_000)
    files = [File(f"x.part{n + 1:02}.rar", data) for n, data in enumerate(inner)]
    post(house, rar5(files, volume_size=9_000), "Film.part{:02}.rar")
    await house.imported()
    spent = house.posts.bodies.total()
    assert spent < 3 * len(inner)
    await the_film(house, film())


async def test_a_set_in_a_set_in_a_set_plays(house):
    volumes = rar4([File("Some.Film.mkv", film())], volume_size=20_000)
    for name in ("inner", "outer"):
        files = [File(f"{name}.part{n + 1}.rar", data) for n, data in enumerate(volumes)]
        volumes = rar5(files, volume_size=15_000)
    post(house, volumes, "Film.part{:02}.rar")
    await house.imported()
    await the_film(house, film())


async def test_a_volume_that_was_cut_plays(house):
    [whole] = rar5([File("Some.Film.mkv", film())])
    parts = [whole[at : at + 9_000] for at in range(0, len(whole), 9_000)]
    post(house, parts, "Film.{:03}")
    await house.imported()
    await the_film(house, film())


@rars
async def test_a_film_whose_name_hides_it_takes_the_title_and_its_subtitles_follow(house, rar):
    name = hidden(5)
    files = [File(f"{name}.mkv", film()), File(f"{name}.eng.srt", b"words")]
    post(house, rar(files, volume_size=9_000), "Film.part{:02}.rar")
    await house.imported()
    found = await house.files()
    assert set(found) == {
        "/complete/The Title/The Title.mkv",
        "/complete/The Title/The Title.eng.srt",
    }


async def test_a_film_without_an_extension_gets_one(house):
    data = film(2 * 1024 * 1024)
    house.posts.post("Film.rar", rar5([File(hidden(1), data)])[0], 100_000)
    await house.imported()
    await the_film(house, data)


async def test_a_volume_that_is_not_like_the_others_is_an_error_when_it_is_read(house):
    """It has fewer bytes, and its articles on the wire are as large as theirs all the same."""
    volumes = rar5([File("Some.Film.mkv", film())], volume_size=5_010)
    files = post(house, volumes, "Film.part{:02}.rar")
    shorter = house.posts.post("x", volumes[4][:-90], 700)
    house.posts.files.pop()
    house.posts.files[4] = replace(files[4], segments=shorter.segments)
    await house.imported()
    [file] = (await house.files()).values()
    with pytest.raises(ArticleDamagedError):
        await house.read(file)


async def test_a_volume_that_is_not_like_the_others_is_looked_at_if_it_matters(house):
    """All but one have some bytes after their end, and in that one a film ends."""
    films = {"a.mkv": film(20_000, 1), "b.mkv": film(30_000, 2)}
    files = [File(name, data) for name, data in films.items()]
    volumes = rar5(files, volume_size=5_010)
    [ends] = [n for n, data in enumerate(volumes) if b"a.mkv" in data and b"b.mkv" in data]
    volumes = [data if n == ends else data + bytes(90) for n, data in enumerate(volumes)]
    posted = post(house, volumes, "Film.part{:02}.rar")
    sizes = posted[1].segments.encoded_sizes
    segments = replace(posted[ends].segments, encoded_sizes=sizes)
    house.posts.files[ends] = replace(posted[ends], segments=segments)

    await house.imported()

    await the_films(house, films)


async def test_a_volume_whose_headers_lead_elsewhere_is_an_error_when_it_is_read(house):
    volumes = rar5([File("Some.Film.mkv", film())], volume_size=5_000)
    odd = bytearray(volumes[5])
    odd[12] ^= 1
    post(house, [*volumes[:5], bytes(odd), *volumes[6:]], "Film.part{:02}.rar")
    await house.imported()
    [file] = (await house.files()).values()
    assert await house.read(file, Span(0, 20_000)) == film()[:20_000]
    with pytest.raises(ArticleDamagedError, match="headers"):
        await house.read(file)


def in_rar(volumes, password=None):
    """A set in volumes of another set, and what is posted of it."""
    files = [File(f"x.part{n + 1:02}.rar", data) for n, data in enumerate(volumes)]
    return rar5(files, volume_size=9_000, password=password), "Film.part{:02}.rar"


def in_7z(volumes, password=None):
    files = [SevenZipFile(f"x.part{n + 1:02}.rar", data) for n, data in enumerate(volumes)]
    return sevenzip(files, volume_size=9_000, password=password), "Film.7z.{:03}"


def in_zip(volumes, password=None):
    del password
    entries = [ZipFile(f"x.part{n + 1:02}.rar", data) for n, data in enumerate(volumes)]
    return zipped(entries)[0], "Film.zip"


def as_posted(volumes, password=None):
    del password
    return volumes, "Film.part{:02}.rar"


def of_another_file(volumes, others):
    """The same place of another set, whose film has another name of the same length."""
    return [*volumes[:5], others[5], *volumes[6:]]


def of_another_order(volumes, others):
    del others
    return [*volumes[:5], volumes[6], volumes[5], *volumes[7:]]


def of_another_size(volumes, others):
    """Its data begins elsewhere: it has less of it, and what comes after is padding."""
    del others
    odd = bytearray(volumes[5])
    odd[12] ^= 1
    return [*volumes[:5], bytes(odd), *volumes[6:]]


@pytest.mark.parametrize("lie", [of_another_file, of_another_order, of_another_size])
@pytest.mark.parametrize(
    ("pack", "password", "inside"),
    [
        (as_posted, None, {}),
        (as_posted, "s3cret", {"password": "s3cret"}),
        (as_posted, "s3cret", {"password": "s3cret", "encrypted_headers": True}),
        (in_rar, None, {}),
        (in_rar, "s3cret", {}),
        (in_rar, "s3cret", {"password": "s3cret", "encrypted_headers": True}),
        (in_7z, None, {}),
        (in_7z, "s3cret", {}),
        (in_zip, None, {}),
    ],
)
async def test_no_byte_is_given_of_a_volume_that_is_not_what_it_was_taken_for(
    house, lie, pack, password, inside
):
    volumes = rar5([File("Some.Film.mkv", film())], volume_size=4_000, **inside)
    others = rar5([File("Some.Tale.mkv", film(seed=2))], volume_size=4_000, **inside)
    assert len(volumes) == len(others) > 8
    packed, names = pack(lie(volumes, others), password)
    house.posts.metas |= {"password": password} if password else {}
    if names == "Film.zip":
        house.posts.post(names, packed, 700)
    else:
        post(house, packed, names)
    await house.imported()
    [file] = (await house.files()).values()

    source = await house.library.source(file)
    got = b""
    with pytest.raises(ArticleDamagedError, match="headers"):
        async with source.open(Span(0, source.size)) as chunks:
            async for chunk in chunks:
                got += bytes(chunk)

    assert film().startswith(got)
    assert len(got) > 8_000
    with pytest.raises(ArticleDamagedError, match="headers"):
        await house.read(file, Span(20_000, 20_010))
    assert await house.read(file, Span(45_000, 49_000)) == film()[45_000:49_000]


@pytest.mark.parametrize("outside", [rar5, rar4, "7z"])
@pytest.mark.parametrize("inside", [rar5, rar4])
@pytest.mark.parametrize("headers", [False, True])
async def test_what_is_encrypted_in_what_is_encrypted_plays(tmp_path, inside, outside, headers):
    """Each by a password of its own."""
    async with opened(tmp_path, replace(RULES, passwords=("inner", "outer"))) as house:
        volumes = inside(
            [File("Some.Film.mkv", film())],
            volume_size=9_000,
            password="inner",
            encrypted_headers=headers,
        )
        if outside == "7z":
            packed, names = in_7z(volumes, "outer")
        else:
            files = [File(f"x.part{n + 1}.rar", data) for n, data in enumerate(volumes)]
            packed = outside(files, volume_size=20_000, password="outer")
            names = "Film.part{:02}.rar"
        post(house, packed, names)
        await house.imported()
        await the_film(house, film())


@rars
async def test_a_set_of_which_some_files_are_encrypted_plays(house, rar):
    films = {f"Show.S01E0{n}.mkv": film(9_000 + n, n) for n in range(1, 5)}
    files = [File(name, data, plain=n % 2 == 0) for n, (name, data) in enumerate(films.items())]
    post(house, rar(files, volume_size=5_000, password="s3cret"), "Show.part{:02}.rar")
    house.posts.metas["password"] = "s3cret"
    await house.imported()
    await the_films(house, films)


@rars
async def test_inner_volumes_of_which_only_some_are_encrypted_play(house, rar):
    inner = rar5([File("Some.Film.mkv", film())], volume_size=9_000)
    files = [File(f"x.part{n + 1}.rar", data, plain=n % 2 == 1) for n, data in enumerate(inner)]
    post(house, rar(files, volume_size=20_000, password="s3cret"), "Film.part{:02}.rar")
    house.posts.metas["password"] = "s3cret"
    await house.imported()
    await the_film(house, film())


@rars
async def test_files_of_a_set_that_have_different_passwords_play(tmp_path, rar):
    films = {f"Show.S01E0{n}.mkv": film(9_000 + n, n) for n in range(1, 4)}
    async with opened(tmp_path, replace(RULES, passwords=("wrong", "p0", "p1"))) as house:
        files = [
            File(name, data, password=f"p{n % 2}") for n, (name, data) in enumerate(films.items())
        ]
        post(house, rar(files, volume_size=5_000, password="p0"), "Show.part{:02}.rar")
        await house.imported()
        await the_films(house, films)


@rars
async def test_no_half_of_a_set_is_shown_if_a_password_for_a_film_is_not_known(house, rar):
    files = [File("a.mkv", film()), File("b.mkv", film(60_000, 2), password="other")]
    post(house, rar(files, volume_size=9_000, password="s3cret"), "Show.part{:02}.rar")
    house.posts.metas["password"] = "s3cret"
    assert (await refused(house)).code is Reason.WRONG_PASSWORD


async def test_samples_in_an_archive_are_left_out(house):
    files = [File("Sample/film-sample.mkv", film(2_000, 9)), File("film.mkv", film())]
    post(house, rar5(files, volume_size=9_000), "Film.part{:02}.rar")
    await house.imported()
    await the_film(house, film())


async def test_hostile_paths_stay_below_the_folder(house):
    files = [File("../../etc/film.mkv", film()), File("/abs/other.mkv", film(9_000, 2))]
    post(house, rar5(files, volume_size=9_000), "Film.part{:02}.rar")
    await house.imported()
    assert all(path.startswith("/complete/The Title/") for path in await house.files())


async def test_a_broken_archive_beside_a_film_is_left_out_if_it_is_small(house):
    house.posts.post("Some.Film.mkv", Pattern(90_000, 1, MKV))
    post(house, rar5([File("subs.srt", b"x" * 900, method=3)]), "subs.rar")
    house.posts.post("broken.rar", b"Rar!\x1a\x07\x01\x00" + bytes(500))
    await house.imported()
    assert list(await house.files()) == ["/complete/The Title/The Title.mkv"]


async def test_a_plain_post_costs_no_more_than_before(house):
    house.posts.post("Some.Film.mkv", Pattern(90_000, 1, MKV))
    await house.imported()
    assert house.posts.bodies.total() == 1


@pytest.mark.parametrize("names", ["Film.7z.{:03}", "Film.7z", "Film.{:03}", hidden])
@pytest.mark.parametrize("password", [None, "s3cret"])
async def test_a_7z_archive_plays(house, names, password):
    size = None if names == "Film.7z" else 4_000
    volumes = sevenzip(
        [SevenZipFile("Some.Film.mkv", film()), SevenZipFile("a.nfo", b"about")],
        volume_size=size,
        password=password,
        encrypted_header=password is not None,
    )
    named = [hidden(n) for n in range(len(volumes))] if names is hidden else names
    post(house, volumes, named)
    house.posts.metas |= {"password": password} if password else {}

    await house.imported()

    found = await house.files()
    await equals(house, found["/complete/The Title/The Title.mkv"], film())


async def test_a_7z_archive_in_many_parts_costs_few_articles(house):
    volumes = sevenzip([SevenZipFile("Some.Film.mkv", film())], volume_size=1_000)
    post(house, volumes, "Film.7z.{:03}")
    await house.imported()
    assert house.posts.bodies.total() <= 7
    await the_film(house, film())


async def test_several_films_in_one_encrypted_chain_play(house):
    films = {f"Show.S01E0{n}.mkv": film(9_000 + n, n) for n in range(1, 4)}
    files = [SevenZipFile(name, data) for name, data in films.items()]
    volumes = sevenzip(files, solid=True, password="s3cret", volume_size=5_000)
    post(house, volumes, "Show.7z.{:03}")
    house.posts.metas["password"] = "s3cret"
    await house.imported()
    await the_films(house, films)


async def test_a_rar_set_in_a_7z_archive_plays(house):
    inner = rar5([File("Some.Film.mkv", film())], volume_size=6_000)
    files = [SevenZipFile(f"in/x.part{n + 1}.rar", data) for n, data in enumerate(inner)]
    post(house, sevenzip(files, volume_size=9_000), "Film.7z.{:03}")
    await house.imported()
    await the_film(house, film())


async def test_a_compressed_7z_archive_is_refused_as_such(house):
    post(house, sevenzip([SevenZipFile("a.mkv", film())], method=LZMA), "Film.7z")
    assert (await refused(house)).code is Reason.COMPRESSED


@pytest.mark.parametrize("password", [None, "wrong"])
@pytest.mark.parametrize("header", [True, False])
async def test_an_encrypted_7z_archive_needs_its_password(house, password, header):
    volumes = sevenzip([SevenZipFile("a.mkv", film())], password="s3cret", encrypted_header=header)
    post(house, volumes, "Film.7z")
    house.posts.metas |= {"password": password} if password else {}
    code = (await refused(house)).code
    assert code is (Reason.WRONG_PASSWORD if password else Reason.ENCRYPTED)


async def test_a_part_of_a_7z_archive_that_is_missing_is_told(house):
    volumes = sevenzip([SevenZipFile("a.mkv", film())], volume_size=9_000)
    names = [f"F.7z.{n + 1:03}" for n in range(len(volumes))]
    post(house, volumes[:2] + volumes[3:], names[:2] + names[3:])
    assert (await refused(house)).code is Reason.VOLUMES_MISSING


RCLONE = keys_of(derive_keys("s3cret", "salt"))


def post_for_rclone(house, name, **metas):
    house.posts.post(name, rclone_file(film(200_000), RCLONE.data), 30_000)
    house.posts.metas |= {"password": "s3cret", "salt": "salt"} | metas


async def test_what_rclone_has_encrypted_plays(house):
    post_for_rclone(house, "Some.Film.mkv.bin")
    await house.imported()
    await the_film(house, film(200_000))


async def test_the_nzb_may_say_what_rclone_has_encrypted(house):
    post_for_rclone(house, hidden(1), file_name="Some.Film.mkv.bin")
    await house.imported()
    await the_film(house, film(200_000))


@pytest.mark.parametrize(
    ("password", "reason"), [("", Reason.ENCRYPTED), ("wrong", Reason.WRONG_PASSWORD)]
)
async def test_what_rclone_has_encrypted_needs_its_password(house, password, reason):
    post_for_rclone(house, "Some.Film.mkv.bin", password=password)
    assert (await refused(house)).code is reason


@pytest.mark.parametrize(
    ("of_the_post", "of_the_settings"),
    [
        ({"password": "", "salt": ""}, Secret("s3cret", "salt")),
        ({"password": "", "salt": "salt"}, Secret("s3cret")),
        ({"password": "s3cret", "salt": ""}, Secret("", "salt")),
        ({"password": "another", "salt": "another"}, Secret("s3cret", "salt")),
    ],
)
async def test_what_rclone_has_encrypted_opens_by_the_settings(
    tmp_path, of_the_post, of_the_settings
):
    async with opened(tmp_path, replace(RULES, rclone=of_the_settings)) as house:
        post_for_rclone(house, "Some.Film.mkv.bin", **of_the_post)
        await house.imported()
        await the_film(house, film(200_000))


async def test_the_nzb_may_say_the_extension_of_what_rclone_has_encrypted(tmp_path):
    rules = replace(RULES, allowed_extensions=frozenset({".rmvb"}))
    async with opened(tmp_path, rules) as house:
        content = b"of no known signature" * 99
        house.posts.post(hidden(1), rclone_file(content, RCLONE.data), 30_000)
        house.posts.metas |= {"password": "s3cret", "salt": "salt", "cipher": "rclone"}
        house.posts.metas |= {"file_name": "The first", "file_extension": ".rmvb"}
        await house.imported()
        await the_film(house, content, "/complete/The Title/The Title.rmvb")


async def test_others_have_their_turn_while_an_archive_of_many_files_is_opened(house, monkeypatch):
    """Each thing that is done for all files is done in steps, however quick it is for one."""
    count = 300
    files = [SevenZipFile(f"Show.S01E{n:03}.mkv", film(70, n)) for n in range(count)]
    post(house, sevenzip(files), ["Show.7z"])
    job = await house.claimed()
    turns = 0

    async def other():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    for module in (steps, probing):
        monkeypatch.setattr(module, "SPELL", -1)  # as if every step were long
    beside = asyncio.ensure_future(other())
    draft, _ = await house.pipeline.draft(job)
    beside.cancel()
    assert len(draft.entries) == count
    # As many times is something done for each file; fewer turns are a loop that lets nobody in.
    assert turns > 20 * count, turns / count
