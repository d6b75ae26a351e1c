"""Posts of discs, imported and read: each as its main film, as its tree, or as its image."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from altmount.ciphers.rclone import derive_keys, keys_of
from altmount.importer.archived import Archived
from altmount.importer.contents import Contents
from altmount.importer.discs import with_discs
from altmount.importer.refusals import Reason
from altmount.importer.rules import Discs, DiscView
from altmount.spans import Span
from tests.support.clock import on_a_jumping_clock
from tests.support.encrypted import rclone_file
from tests.support.house import RULES, opened
from tests.support.imported import equals, film, hidden, post, refused, the_film
from tests.support.isos import playlist, title_set, udf
from tests.support.rars import File, rar5
from tests.support.sources import MemorySource

RCLONE = keys_of(derive_keys("s3cret", "salt"))


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as made:
        yield made


@pytest.fixture
async def house_of_trees(tmp_path):
    async with opened(tmp_path, replace(RULES, discs=Discs(DiscView.TREE))) as made:
        yield made


def clip(packets, seed):
    """A transport stream, as discs have it."""
    rng = random.Random(seed)
    return b"".join(rng.randbytes(4) + b"G" + rng.randbytes(187) for _ in range(packets))


CLIPS = {"00001.m2ts": clip(150, 1), "00002.m2ts": clip(100, 2), "00009.m2ts": clip(2, 3)}
BLURAY = {
    "BDMV": {
        "index.bdmv": b"INDX",
        "STREAM": CLIPS,
        "PLAYLIST": {
            "00000.mpls": playlist(("00009", 0, 30)),
            "00001.mpls": playlist(("00001", 0, 60), ("00002", 0, 40)),
        },
    }
}
MAIN = CLIPS["00001.m2ts"] + CLIPS["00002.m2ts"]
M2TS = "/complete/The Title/The Title.m2ts"


async def test_the_image_of_a_bluray_is_its_main_film(house):
    house.posts.post("Film.iso", udf(BLURAY, metadata=True), 20_000)
    await house.imported()
    await the_film(house, MAIN, M2TS)


@pytest.mark.parametrize("password", [None, "s3cret"])
async def test_the_image_of_a_bluray_in_an_archive_is_its_main_film(house, password):
    files = [File("Film.iso", udf(BLURAY))]
    post(house, rar5(files, volume_size=50_000, password=password), "Film.part{:02}.rar")
    house.posts.metas |= {"password": password} if password else {}
    await house.imported()
    await the_film(house, MAIN, M2TS)


async def test_the_folders_of_a_bluray_in_an_archive_are_its_main_film(house):
    streams = [File(f"BDMV/STREAM/{name}", data) for name, data in CLIPS.items()]
    lists = BLURAY["BDMV"]["PLAYLIST"].items()
    playlists = [File(f"BDMV/PLAYLIST/{name}", data) for name, data in lists]
    post(house, rar5([*streams, *playlists], volume_size=9_000), "Film.part{:02}.rar")
    await house.imported()
    await the_film(house, MAIN, M2TS)


async def test_nothing_but_the_film_of_a_disc_is_shown(tmp_path):
    async with opened(tmp_path, replace(RULES, allowed_extensions=frozenset())) as house:
        house.posts.post("Film.iso", udf(BLURAY), 20_000)
        await house.imported()
        await the_film(house, MAIN, M2TS)


async def test_an_image_without_a_film_is_shown_as_its_tree(house):
    tree = {"Season 1": {"Show.S01E01.mkv": film(9_000, 1), "Show.S01E02.mkv": film(9_000, 2)}}
    house.posts.post("Show.iso", udf(tree), 20_000)
    await house.imported()
    found = await house.files()
    folder = "/complete/The Title/Show/Season 1/"
    assert set(found) == {f"{folder}Show.S01E01.mkv", f"{folder}Show.S01E02.mkv"}
    await equals(house, found[f"{folder}Show.S01E02.mkv"], film(9_000, 2))


async def test_an_image_stays_what_it_is_if_the_user_wants_so(tmp_path):
    rules = replace(RULES, allowed_extensions=frozenset({".iso"}), discs=Discs(DiscView.IMAGE))
    async with opened(tmp_path, rules) as house:
        image = udf(BLURAY)
        house.posts.post("Film.iso", image, 20_000)
        await house.imported()
        await the_film(house, image, "/complete/The Title/The Title.iso")


async def test_an_image_that_cannot_be_opened_stays_what_it_is(tmp_path):
    rules = replace(RULES, allowed_extensions=frozenset({".iso"}))
    async with opened(tmp_path, rules) as house:
        house.posts.post("Film.iso", bytes(90_000), 20_000)
        await house.imported()
        await the_film(house, bytes(90_000), "/complete/The Title/The Title.iso")


def flat(tree, folder=""):
    """The files of a tree by their paths."""
    found = {}
    for name, content in tree.items():
        if isinstance(content, dict):
            found |= flat(content, f"{folder}{name}/")
        else:
            found[f"{folder}{name}"] = content
    return found


def as_files(tree, folder=""):
    return [File(path, data) for path, data in flat(tree, folder).items()]


async def shows(house, expected):
    """These files and no others, each right whole and by spans."""
    found = await house.files()
    assert set(found) == {f"/complete/The Title/{path}" for path in expected}
    for path, data in expected.items():
        await equals(house, found[f"/complete/The Title/{path}"], data)


def bluray(seed, *extra):
    """A disc with a film of two clips, and that film."""
    clips = {f"0000{n}.m2ts": clip(10 + n, 10 * seed + n) for n in (1, 2)} | dict(extra)
    lists = {"00000.mpls": playlist(("00002", 0, 60), ("00001", 0, 40))}
    tree = {"BDMV": {"index.bdmv": b"INDX", "STREAM": clips, "PLAYLIST": lists}}
    return tree, clips["00002.m2ts"] + clips["00001.m2ts"]


DVD = {
    "VIDEO_TS": {
        "VIDEO_TS.IFO": b"DVDVIDEO-VMG",
        "VTS_01_0.IFO": title_set(3000),
        "VTS_01_1.VOB": b"\x00\x00\x01\xba" + bytes(5000),
        "VTS_01_2.VOB": b"\x00\x00\x01\xba" + bytes(range(250)),
    },
    "AUDIO_TS": {"readme.txt": b"empty by custom"},
}


@pytest.mark.parametrize("tree", [BLURAY, DVD], ids=["bluray", "dvd"])
@pytest.mark.parametrize("how", ["image", "image in an archive", "folders in an archive"])
async def test_a_disc_may_be_shown_as_its_tree(house_of_trees, tree, how):
    house = house_of_trees
    if how == "image":
        house.posts.post(f"{hidden(1)}.iso", udf(tree, metadata=True), 20_000)
    else:
        files = [File("x/Film.iso", udf(tree))] if "image" in how else as_files(tree, "x/Film/")
        post(house, rar5(files, volume_size=50_000), "Film.part{:02}.rar")
    await house.imported()
    await shows(house, flat(tree))


async def test_what_else_is_in_the_image_of_a_disc_belongs_to_its_tree(house_of_trees):
    tree = BLURAY | {"autorun.inf": b"[autorun]", "Extras": {"sample.mkv": film(300)}}
    house_of_trees.posts.post("Film.iso", udf(tree), 20_000)
    await house_of_trees.imported()
    await shows(house_of_trees, flat(tree))


async def test_what_is_beside_the_folders_of_a_disc_is_shown_as_ever(house_of_trees):
    beside = {"Film.nfo": b"about", "setup.exe": b"MZ", "Other/Film.mkv": film(9_000)}
    beside["Film-sample.mkv"] = film(300)
    tree = {**BLURAY, "CERTIFICATE": {"sample.mkv": film(300, 2)}}
    files = as_files(tree, "Film/") + as_files(beside)
    post(house_of_trees, rar5(files, volume_size=50_000), "Film.part{:02}.rar")
    await house_of_trees.imported()
    expected = flat(tree) | {path: beside[path] for path in ("Film.nfo", "Other/Film.mkv")}
    await shows(house_of_trees, expected)


async def test_files_of_a_tree_keep_their_names(house_of_trees):
    tree = {"BDMV": {**BLURAY["BDMV"], "AUXDATA": {"sound": film(1 << 20)}}}
    [volume] = rar5(as_files(tree), volume_size=1 << 22)
    house_of_trees.posts.post("Film.rar", volume, 700_000)
    await house_of_trees.imported()
    await shows(house_of_trees, flat(tree))


async def test_an_image_without_a_disc_is_shown_by_what_may_be_shown(house_of_trees):
    tree = {"Show": {"Show.S01E01.mkv": film(9_000, 1), "setup.exe": b"MZ"}}
    house_of_trees.posts.post("Show.iso", udf(tree), 20_000)
    await house_of_trees.imported()
    await shows(house_of_trees, {"The Title.mkv": film(9_000, 1)})


@pytest.mark.parametrize("password", [None, "s3cret"])
async def test_archives_in_an_image_are_opened(house, password):
    volumes = rar5([File("Film.mkv", film())], volume_size=9_000, password=password)
    tree = {"Film": {f"Film.part{n}.rar": data for n, data in enumerate(volumes, 1)}}
    house.posts.post("Film.iso", udf(tree), 20_000)
    house.posts.metas |= {"password": password} if password else {}
    await house.imported()
    await the_film(house, film())


@pytest.mark.parametrize("name", ["Film.iso.{:03}", "Film.{:03}"])
async def test_an_image_that_was_cut_is_opened(house, name):
    image = udf(BLURAY | {"first.txt": bytes(40_000)})
    for number, at in enumerate(range(0, len(image), 300_000), 1):
        house.posts.post(name.format(number), image[at : at + 300_000], 100_000)
    await house.imported()
    await the_film(house, MAIN, M2TS)


async def test_an_image_that_was_cut_and_lacks_a_part_is_said_to(house):
    image = udf(BLURAY)
    for number in (1, 2, 4):
        at = 300_000 * (number - 1)
        house.posts.post(f"Film.iso.{number:03}", image[at : at + 300_000], 100_000)
    assert (await refused(house)).code is Reason.VOLUMES_MISSING


@pytest.mark.parametrize("cut", [True, False])
async def test_an_image_whose_articles_are_gone_is_refused_for_that(house, cut):
    image = udf(BLURAY)
    posted = house.posts.post("Film.iso.001" if cut else "Film.iso", image[:600_000], 20_000)
    if cut:
        house.posts.post("Film.iso.002", image[600_000:], 20_000)
    house.posts.take_down(posted, 0)
    assert (await refused(house)).code is Reason.ARTICLES_MISSING


@pytest.mark.parametrize("view", [DiscView.FILM, DiscView.TREE])
@pytest.mark.parametrize("lost", [None, "BDMV/STREAM/00002.m2ts"])
async def test_a_disc_may_be_posted_file_by_file(tmp_path, view, lost):
    async with opened(tmp_path, replace(RULES, discs=Discs(view))) as house:
        for path, data in flat(BLURAY, "Film/").items():
            posted = house.posts.post(path, data, 700)
            if path == f"Film/{lost}":
                house.posts.take_down(posted, 0)
        for number in (1, 2):
            house.posts.post(f"Extra.mkv.{number:03}", film(5_000, number), 700)
        if lost:
            assert (await refused(house)).code is Reason.ARTICLES_MISSING
        else:
            await house.imported()
            shown = {"Film.m2ts": MAIN} if view is DiscView.FILM else flat(BLURAY)
            await shows(house, shown | {"Extra.mkv": film(5_000, 1) + film(5_000, 2)})


async def two_discs(house, names, how):
    """Post two discs; their trees and their films."""
    made = [bluray(1), bluray(2)]
    for name, (tree, _) in zip(names, made, strict=True):
        if how == "images":
            house.posts.post(f"{name}.iso", udf(tree), 20_000)
        else:
            inside = [File("disc.iso", udf(tree))] if how == "images in sets" else as_files(tree)
            post(house, rar5(inside, volume_size=200_000), f"{name}.part{{:02}}.rar")
    return made


NAMES = ["Film.2024.Disc1", "Film.2024.Disc2"]


@pytest.mark.parametrize("how", ["images", "images in sets", "folders in sets"])
async def test_of_several_discs_each_has_its_own_film(house, how):
    made = await two_discs(house, NAMES, how)
    await house.imported()
    await shows(house, {f"{name}.m2ts": main for name, (_, main) in zip(NAMES, made, strict=True)})


@pytest.mark.parametrize("how", ["images", "images in sets", "folders in sets"])
async def test_of_several_discs_each_has_its_own_tree(house_of_trees, how):
    made = await two_discs(house_of_trees, NAMES, how)
    await house_of_trees.imported()
    expected = {}
    for name, (tree, _) in zip(NAMES, made, strict=True):
        expected |= flat(tree, f"{name}/")
    await shows(house_of_trees, expected)


async def test_discs_in_folders_of_one_archive_are_told_apart(house):
    made = [bluray(1), bluray(2)]
    files = [file for n, (tree, _) in enumerate(made, 1) for file in as_files(tree, f"Disc {n}/")]
    post(house, rar5(files, volume_size=50_000), "Film.part{:02}.rar")
    await house.imported()
    films = {f"The Title - Disc {n}.m2ts": main for n, (_, main) in enumerate(made, 1)}
    await shows(house, films)


async def test_images_whose_names_hide_them_are_called_as_their_discs_are(house):
    for seed, label in ((1, "FILM_D1"), (2, "FILM_D2")):
        house.posts.post(f"{hidden(seed)}.iso", udf(bluray(seed)[0], label=label), 20_000)
    await house.imported()
    await shows(house, {f"FILM_D{n}.m2ts": bluray(n)[1] for n in (1, 2)})


async def test_the_streams_of_3d_are_not_the_film_where_there_are_others(house):
    tree, main = bluray(1)
    tree["BDMV"]["STREAM"]["SSIF"] = {"00001.ssif": clip(900, 8), "00002.ssif": clip(900, 9)}
    tree["BDMV"]["PLAYLIST"] = {}
    house.posts.post("Film.iso", udf(tree), 20_000)
    await house.imported()
    largest = tree["BDMV"]["STREAM"]["00002.m2ts"]
    assert main.startswith(largest)
    await the_film(house, largest, M2TS)


@pytest.mark.parametrize("view", [DiscView.FILM, DiscView.TREE])
async def test_no_other_film_stands_in_for_one_that_cannot_be_had(tmp_path, view):
    async with opened(tmp_path, replace(RULES, discs=Discs(view))) as house:
        packed = {"00001.m2ts": CLIPS["00001.m2ts"]}
        files = [
            replace(file, method=3) if file.path.rpartition("/")[2] in packed else file
            for file in as_files(BLURAY)
        ]
        post(house, rar5(files, volume_size=50_000), "Film.part{:02}.rar")
        assert (await refused(house)).code is Reason.COMPRESSED


async def test_a_disc_whose_playlists_are_gone_is_refused_for_that(house):
    tree, _ = bluray(1)
    image = udf(tree)
    posted = house.posts.post("Film.iso", image, 2_048)
    house.posts.take_down(posted, image.index(b"MPLS0200") // 2_048)
    assert (await refused(house)).code is Reason.ARTICLES_MISSING


async def test_an_image_whose_folders_are_gone_is_refused_for_that(house):
    image = udf(bluray(1)[0])
    posted = house.posts.post("Film.iso", image, 2_048)
    house.posts.take_down(posted, image.index(b"index.bdmv") // 2_048)
    assert (await refused(house)).code is Reason.ARTICLES_MISSING


@pytest.mark.parametrize("posted", [True, False])
async def test_an_image_is_known_by_its_first_bytes(house, posted):
    if posted:
        house.posts.post(hidden(1), udf(BLURAY), 20_000)
    else:
        post(house, rar5([File(hidden(1), udf(BLURAY))], volume_size=2_000_000), ["Film.rar"])
    await house.imported()
    await the_film(house, MAIN, M2TS)


@pytest.mark.parametrize("view", [DiscView.FILM, DiscView.TREE])
async def test_an_image_that_rclone_has_encrypted_is_not_taken_apart(tmp_path, view):
    rules = replace(RULES, allowed_extensions=frozenset({".iso"}), discs=Discs(view))
    async with opened(tmp_path, rules) as house:
        image = udf(BLURAY)
        house.posts.post("Film.iso.bin", rclone_file(image, RCLONE.data), 100_000)
        house.posts.metas |= {"password": "s3cret", "salt": "salt"}
        await house.imported()
        await the_film(house, image, "/complete/The Title/The Title.iso")


@given(st.data())
@settings(max_examples=12, deadline=None, phases=[Phase.generate])  # shrinking takes minutes
def test_every_byte_of_a_tree_is_right_wherever_a_reader_begins(data):
    """Of trees of any shape, in images of any layout, in sets of any volume size."""
    names = st.text("abc12", min_size=1, max_size=9)
    sizes = st.integers(0, 9_000)
    chosen = data.draw(st.dictionaries(names, sizes, min_size=1, max_size=6))
    contents = {n: random.Random(n).randbytes(size) for n, size in chosen.items()}
    tree = {"BDMV": {"STREAM": {"00001.m2ts": clip(9, 1)}, "AUXDATA": contents}}
    image = udf(
        tree,
        metadata=data.draw(st.booleans()),
        extent=data.draw(st.sampled_from([2_048, 6_144, 1 << 30])),
        scattered=data.draw(st.booleans()),
        inline=data.draw(st.sampled_from([0, 300])),
    )
    volume_size = data.draw(st.integers(90_000, 2_000_000))
    expected = flat(tree)

    async def imports():
        with TemporaryDirectory() as folder:
            rules = replace(RULES, discs=Discs(DiscView.TREE))
            async with opened(Path(folder), rules) as house:
                volumes = rar5([File("Film.iso", image)], volume_size=volume_size)
                post(house, volumes, "Film.part{:02}.rar")
                await house.imported()
                found = await house.files()
                assert len(found) == len(expected)
                for path, content in expected.items():
                    file = found[f"/complete/The Title/{path}"]
                    start = data.draw(st.integers(0, len(content)))
                    stop = data.draw(st.integers(start, len(content)))
                    assert await house.read(file, Span(start, stop)) == content[start:stop]

    asyncio.run(imports())


@pytest.mark.parametrize("silent", ["an image", "a playlist"])
@on_a_jumping_clock
async def test_what_takes_too_long_to_read_is_given_up(silent):
    """Which is an obstacle, not an image that nobody knows what to do with."""
    waiting = MemorySource(bytes(3_000_000), hold_at=0)
    names = ["Film.iso"] if silent == "an image" else ["BDMV/STREAM/00001.m2ts", LIST]
    contents = {Contents.posted([(n, 3_000_000)]): waiting for n in range(len(names))}
    files = [Archived(name, 3_000_000, each) for name, each in zip(names, contents, strict=True)]
    begun = asyncio.get_running_loop().time()
    [found] = await with_discs(files, contents.__getitem__, Discs(seconds=7), nothing_deeper)
    assert asyncio.get_running_loop().time() - begun == 7
    assert found.obstacle.reason is Reason.ARCHIVES_UNSUPPORTED
    assert "iso_analyze_timeout_seconds" in found.obstacle.detail
    assert waiting.reading == 0


LIST = "BDMV/PLAYLIST/00001.mpls"


async def nothing_deeper(files):
    return list(files)
