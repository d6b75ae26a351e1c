"""The whole program, from settings to port, beside a news server of its own."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from urllib.parse import quote

import yaml

from altmount import app
from altmount.config.file import SettingsFile
from altmount.jobs import JobStatus
from altmount.library.nodes import Folder
from altmount.newsserver.nzb import nzb_lines
from altmount.newsserver.posting import Envelope
from altmount.newsserver.synthetic import SyntheticPosting
from tests.support.snapshot import Snapshot

USER, PASSWORD = "usenet", "usenet"
KEY = "0123456789abcdef0123456789abcdef"


def write_settings(folder, servers, *, backups=(), port=None, **sections):
    """A settings file for these news servers; the path."""
    providers = [
        {
            "id": f"p{index}",
            "host": "127.0.0.1",
            "port": server.port,
            "max_connections": 8,
            "is_backup_provider": server in backups,
        }
        for index, server in enumerate([*servers, *backups])
    ]
    document = {
        "providers": providers,
        "api": {"key_override": KEY},
        "webdav": {"port": port or free_port()},
        "log": {"file": ""},
        **sections,
    }
    for provider in document["providers"]:
        provider.update(sections.pop("provider", {}))
    document.pop("provider", None)
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def serving(folder, *servers, **options):
    """The program, serving inside the block."""
    path = write_settings(folder, servers, **options)
    environ = {name: value for name, value in os.environ.items() if name != "PORT"}
    file = SettingsFile(path, environ)
    async with app.serving(file.read().settings, file) as served:
        yield Serving(served)


class Serving:
    def __init__(self, served):
        self.program = served.program
        self.port = served.port

    async def bring(self, nzb, title="Film", category=None):
        """Import an NZB; its job once it has ended."""
        return await self.ended(await self.program.queue.add(nzb, f"{title}.nzb", category))

    async def ended(self, job):
        """A job once it has ended, well or not."""
        while job.status in {JobStatus.QUEUED, JobStatus.RUNNING}:
            await asyncio.sleep(0.005)
            job = await self.program.jobs.get(job.id)
        return job

    async def only_file(self, path):
        """The only file at or below a path of the library."""
        library = self.program.library
        while isinstance(node := await library.find(path), Folder):
            [only] = await library.children(path)
            path = only.path
        return node

    def snapshot(self):
        return Snapshot.of(self.program)

    async def calm(self, seconds=5.0, since=None):
        """Wait until nothing is read any more and all is as it was; fails if that never comes."""
        async with asyncio.timeout(seconds):
            while not self.snapshot().calm:
                await asyncio.sleep(0.002)
            while since is not None and not self.snapshot().none_left_since(since):
                await asyncio.sleep(0.002)

    def url(self, path):
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}/files{quote(path)}"


def synthetic(size, *, seed=1, article_size=716_800, count=1):
    """A synthetic post; its NZB."""
    envelope = Envelope(article_size=article_size)
    postings = [SyntheticPosting(seed + index, size, envelope) for index in range(count)]
    return "".join(nzb_lines(postings, {})).encode()


def posted(server, paths, **options):
    """Post files; their NZB."""
    postings = [server.spool.post_file(path, Envelope(**options)) for path in paths]
    return "".join(nzb_lines(postings, {})).encode()
