"""Archives as other programs make them, imported and read through the whole program."""

from __future__ import annotations

import asyncio
import random
import shutil

import pytest

from altmount.config.settings import Settings
from altmount.importer.rclonesecrets import Secret
from altmount.importer.rules import Discs, DiscView
from altmount.jobs import JobStatus
from altmount.library.nodes import Folder
from altmount.newsserver.nzb import nzb_lines
from altmount.newsserver.posting import Envelope
from altmount.newsserver.server import NewsServer
from altmount.program import rules_of
from tests.support.client import fetch, fetch_range, target_of
from tests.support.isos import playlist
from tests.support.program import serving

FILM = b"\x1a\x45\xdf\xa3" + random.Random(1).randbytes(3_000_000)
NAME = "Some.Film.2024.mkv"


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "film"
    made.mkdir()
    (made / NAME).write_bytes(FILM)
    return made


async def run(folder, program, *arguments):
    found = next(filter(None, map(shutil.which, program.split("|"))), None)
    if found is None:
        pytest.skip(f"{program} is not installed")
    process = await asyncio.create_subprocess_exec(
        found, *arguments, cwd=folder, stdout=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(60):
        assert await process.wait() == 0


async def the_file(library, path):
    """The only file below a folder."""
    while isinstance(node := await library.find(path), Folder):
        [only] = await library.children(path)
        path = only.path
    return node.path


SETS = {
    "rar": ("rar", "a", "-idq", "-m0", "-v500k", "set.rar", NAME),
    "rar-encrypted": ("rar", "a", "-idq", "-m0", "-v500k", "-hps3cret", "set.rar", NAME),
    "rar-old-names": ("rar", "a", "-idq", "-m0", "-v500k", "-vn", "-rr3", "set.rar", NAME),
    "7z": ("7zz|7z", "a", "-mx=0", "-v500k", "set.7z", NAME),
    "7z-encrypted": ("7zz|7z", "a", "-mx=0", "-v500k", "-ps3cret", "-mhe=on", "set.7z", NAME),
    "zip": ("zip", "-q", "-0", "set.zip", NAME),
    "zip-split": ("zip", "-q", "-0", "-s", "500k", "set.zip", NAME),
    "iso": ("genisoimage|xorrisofs", "-quiet", "-J", "-R", "-o", "set.iso", NAME),
    "iso-udf": ("genisoimage", "-quiet", "-udf", "-o", "set.iso", NAME),
}


@pytest.mark.parametrize("kind", SETS)
async def test_what_other_programs_pack_plays(tmp_path, news, folder, kind):
    await run(folder, *SETS[kind])
    files = sorted(path for path in folder.iterdir() if path.name != NAME)
    envelope = Envelope(article_size=50_000)
    postings = [news.spool.post_file(path, envelope) for path in files]
    nzb = "".join(nzb_lines(postings, {"password": "s3cret"})).encode()
    chance = random.Random(2)
    async with serving(tmp_path, news) as program:
        job = await program.bring(nzb)
        assert job.status is JobStatus.COMPLETED, job.message
        path = await the_file(program.program.library, job.path)
        assert (await fetch(program.port, target_of(path))).body == FILM
        for _ in range(20):
            start = chance.randrange(len(FILM))
            stop = chance.randint(start + 1, min(len(FILM), start + 200_000))
            reply = await fetch_range(program.port, target_of(path), start, stop)
            assert reply.body == FILM[start:stop]


IMAGES = {
    "genisoimage, UDF": ("genisoimage", "-quiet", "-udf", "-allow-limited-size"),
    "genisoimage, Joliet": ("genisoimage", "-quiet", "-J", "-R", "-iso-level", "3"),
    "xorriso, Rock Ridge": ("xorrisofs", "-quiet", "-R", "-iso-level", "3"),
}


@pytest.mark.parametrize("view", ["film", "tree"])
@pytest.mark.parametrize("kind", IMAGES)
async def test_images_that_other_programs_make_are_shown_as_their_discs(tmp_path, news, kind, view):
    chance = random.Random(3)
    clips = [b"".join(bytes(4) + b"G" + chance.randbytes(187) for _ in range(900)) for _ in "12"]
    tree = {
        "BDMV/index.bdmv": b"INDX0200",
        "BDMV/STREAM/00001.m2ts": clips[0],
        "BDMV/STREAM/00002.m2ts": clips[1],
        "BDMV/PLAYLIST/00001.mpls": playlist(("00002", 0, 50), ("00001", 0, 60)),
        "BDMV/META/DL/bdmt_eng.xml": chance.randbytes(3_000),
        "CERTIFICATE/id.bdmv": b"BDID0200",
    }
    for path, content in tree.items():
        place = tmp_path / "disc" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    await run(tmp_path, *IMAGES[kind], "-o", "Film.iso", "disc")
    posting = news.spool.post_file(tmp_path / "Film.iso", Envelope(article_size=50_000))
    nzb = "".join(nzb_lines([posting], {})).encode()
    async with serving(tmp_path, news, **{"import": {"disc_view": view}}) as program:
        job = await program.bring(nzb, "The Film")
        assert job.status is JobStatus.COMPLETED, job.message
        expected = tree if view == "tree" else {"The Film.m2ts": clips[1] + clips[0]}
        for path, content in expected.items():
            target = target_of(f"{job.path}/{path}")
            assert (await fetch(program.port, target)).body == content
            for _ in range(3):
                start = chance.randrange(len(content))
                stop = chance.randint(start + 1, len(content))
                reply = await fetch_range(program.port, target, start, stop)
                assert reply.body == content[start:stop]
        if view == "film":
            assert (await program.only_file(job.path)).path == f"{job.path}/The Film.m2ts"


@pytest.mark.parametrize(
    ("section", "shown"),
    [
        ({}, Discs(DiscView.FILM, 120)),
        ({"disc_view": "tree", "iso_analyze_timeout_seconds": 9}, Discs(DiscView.TREE, 9)),
        ({"disc_view": "tree", "expand_bluray_iso": False}, Discs(DiscView.IMAGE, 120)),
    ],
)
def test_the_settings_say_how_discs_are_shown(section, shown):
    settings = Settings.model_validate({"import": section, "rclone": {"salt": "s"}})
    assert rules_of(settings).discs == shown
    assert rules_of(settings).rclone == Secret("", "s")
