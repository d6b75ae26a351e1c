"""The commands, as a person types them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml

import altmount
from altmount.newsserver.server import NewsServer
from tests.support.client import fetch, target_of
from tests.support.program import free_port, posted, serving, write_settings
from tests.support.rars import File, rar5

FILM = Path(altmount.__file__).parent / "demo" / "film.mp4"
ANCESTOR = Path(__file__).parents[1] / "support" / "ancestor_config.yaml"

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])  # the commands run on their own


async def start(*arguments, **options):
    environ = {name: value for name, value in os.environ.items() if name != "PORT"}
    environ |= {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    environ |= options.pop("env", {})
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "altmount", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environ,
        start_new_session=True,
        **options,
    )


async def run(*arguments, **options):
    process = await start(*arguments, **options)
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    return process.returncode, output.decode()


async def ready(process, port):
    async with asyncio.timeout(30):
        while True:
            assert process.returncode is None, (await process.communicate())[0].decode()
            try:
                if (await fetch(port, "/ready")).status == 200:
                    return
            except OSError:
                pass
            await asyncio.sleep(0.02)


async def stop(process):
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(20):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


def packed(folder):
    """An encrypted archive of a film."""
    film = b"\x1a\x45\xdf\xa3" + bytes(200_000)
    [volume] = rar5([File("Film.mkv", film)], password="s3cret")
    path = folder / "Film.rar"
    path.write_bytes(volume)
    return path


async def test_links_are_regenerated_with_and_without_a_server(tmp_path):
    folder = tmp_path / "links"
    folder.mkdir()
    section = {"import_strategy": "SYMLINK", "import_dir": str(folder)}
    options = {"import": section, "mount_path": "/mnt"}
    port = free_port()
    async with NewsServer() as server:
        config = write_settings(tmp_path, [server], port=port, **options)
        async with serving(tmp_path, server, port=port, **options) as ours:
            job = await ours.bring(posted(server, [FILM]), "Film")
            link = folder / (await ours.only_file(job.path)).path[1:]
            link.unlink()
            assert await run("links", "regenerate", "--config", config) == (0, "1 link stands\n")
            assert link.is_symlink()
        link.unlink()
        link.write_text("theirs")
        code, output = await run("links", "regenerate", "--config", config, job.path)
    assert code == 1
    assert "no link stands" in output
    assert f"{link} is there already" in output


async def test_import_works_with_and_without_a_server_and_rebuild_brings_all_back(tmp_path):
    async with NewsServer() as news:
        port = free_port()
        config = write_settings(tmp_path, [news], port=port)
        nzb = tmp_path / "A Film.nzb"
        nzb.write_bytes(posted(news, [FILM], article_size=90_000))
        code, said = await run("import", "--config", config, nzb, "--category", "Movies")
        assert code == 0, said
        assert "/complete/Movies/A Film" in said

        serve = await start("serve", "--config", config)
        await ready(serve, port)
        code, said = await run("import", "--config", config, nzb)
        assert code == 0, said
        assert "/complete/A Film (" in said
        locked = tmp_path / "Locked.nzb"
        locked.write_bytes(posted(news, [packed(tmp_path)], article_size=90_000))
        code, said = await run("import", "--config", config, locked)
        assert "refused (encrypted)" in said
        code, said = await run("import", "--config", config, locked, "--password", "s3cret")
        assert code == 0, said
        assert "/complete/Locked (" in said
        empty = tmp_path / "bad.nzb"
        empty.write_bytes(b"<nzb></nzb>")
        code, said = await run("import", "--config", config, empty)
        assert code == 1
        assert "refused" in said
        code, said = await run("import", "--config", config, nzb, "--category", "Nope")
        assert code == 1
        assert "Movies" in said
        code, said = await run("rebuild", "--config", config)
        assert code == 1
        assert "stop the server" in said
        await stop(serve)

        (tmp_path / "altmount.db").unlink()
        code, said = await run("rebuild", "--config", config)
        assert code == 0, said
        assert "3 files of 3 releases" in said
        async with serving(tmp_path, news) as program:
            for path in ("/complete/Movies/A Film/A Film.mp4", "/complete/A Film/A Film.mp4"):
                assert (await fetch(program.port, target_of(path))).body == FILM.read_bytes()


async def test_the_watch_folder_takes_what_is_put_there(tmp_path):
    watched = tmp_path / "watched"
    (watched / "tv").mkdir(parents=True)
    async with NewsServer() as news:
        options = {"import": {"watch_dir": str(watched), "watch_interval_seconds": 1}}
        async with serving(tmp_path, news, **options) as program:
            nzb = watched / "tv" / "Show.nzb"
            nzb.write_bytes(posted(news, [FILM]))
            target = target_of("/complete/TV/Show/Show.mp4")
            async with asyncio.timeout(20):
                while (await fetch(program.port, target, method="HEAD")).status != 200:
                    await asyncio.sleep(0.05)
            assert not nzb.exists()


async def test_a_configuration_of_the_ancestor_loads_and_serves(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(ANCESTOR.read_text())
    theirs = tmp_path / "altmount.db"
    with closing(sqlite3.connect(theirs)) as database:
        database.execute("CREATE TABLE import_queue (id INTEGER PRIMARY KEY, nzb_path TEXT)")
        database.commit()
    before = theirs.read_bytes()
    async with NewsServer() as news:
        port = free_port()
        [first, *_] = yaml.safe_load(ANCESTOR.read_text())["providers"]
        provider = {**first, "host": "127.0.0.1", "port": news.port, "tls": False, "id": "p"}
        env = {
            "PORT": str(port),
            "ALTMOUNT_DATABASE__PATH": str(theirs),
            "ALTMOUNT_METADATA__ROOT_PATH": str(tmp_path / "metadata"),
            "ALTMOUNT_LOG__FILE": str(tmp_path / "altmount.log"),
            "ALTMOUNT_IMPORT__WATCH_DIR": str(tmp_path / "watched"),
            "ALTMOUNT_PROVIDERS": json.dumps([provider], default=str),
        }
        serve = await start("serve", "--config", config, env=env)
        await ready(serve, port)
        said = await stop(serve)
        assert "health" in said  # a section that this version does not act on is named
        assert theirs.read_bytes() == before
        assert (tmp_path / "altmount-index.db").exists()


async def test_a_port_that_is_taken_and_a_file_that_is_wrong_are_said(tmp_path):
    async with serving(tmp_path) as program:
        other = tmp_path / "other"
        other.mkdir()
        config = write_settings(other, [], port=program.port)
        code, said = await run("serve", "--config", config)
        assert code == 1
        assert "webdav.port" in said
        config.write_text("providers:\n  - host: 'a b'\n    port: 0\n")
        code, said = await run("serve", "--config", config)
        assert code == 2
        assert "providers[0].port" in said


async def test_the_demo_shows_a_film_and_ends_on_ctrl_c(tmp_path):
    port = free_port()
    demo = await start("demo", "--folder", tmp_path / "demo", "--port", port)
    said = ""
    async with asyncio.timeout(60):
        while "Ctrl-C" not in said:
            line = await demo.stdout.readline()
            assert line, said
            said += line.decode()
    settings = yaml.safe_load((tmp_path / "demo" / "config.yaml").read_text())
    login = settings["webdav"]
    urls = re.findall(rf"http://\S+:{port}/files/\S+?\.mp4(?=\s)", said)
    assert len(set(urls)) == 2
    for url in set(urls):
        assert f"{login['user']}:{login['password']}@" in url
        curl = await asyncio.create_subprocess_exec(
            "curl", "-sS", url, stdout=asyncio.subprocess.PIPE
        )
        body, _ = await curl.communicate()
        assert body == FILM.read_bytes()
    await stop(demo)
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection("127.0.0.1", port)
