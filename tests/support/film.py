"""A film on news servers: its articles, its bytes, and the program that shows it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from altmount.newsserver.knobs import Knobs
from altmount.newsserver.posting import Envelope
from altmount.newsserver.synthetic import SyntheticPosting
from altmount.newsserver.synthetic import payload as synthetic_payload
from altmount.reader.extents import ArticleTable, ExtentMap, PostedName
from tests.support.client import target_of
from tests.support.program import synthetic


@dataclass(frozen=True)
class Film:
    """A synthetic post of one file; articles count from 1, as their Message-IDs do."""

    size: int
    article_size: int
    seed: int = 1
    title: str = "Film"

    @property
    def nzb(self):
        return synthetic(self.size, seed=self.seed, article_size=self.article_size)

    @property
    def target(self):
        """Its URL below the host, once it was imported."""
        return target_of(f"/complete/{self.title}/{self.title}.mkv")

    @property
    def articles(self):
        return -(-self.size // self.article_size)

    def article(self, number):
        """The Message-ID of an article; a ``*`` stands for all."""
        return f"s{self.seed}.{self.size}.{self.article_size}.{number}@synthetic"

    def begin(self, number):
        """Where an article begins."""
        return (number - 1) * self.article_size

    def bytes(self, start, stop):
        return synthetic_payload(self.seed, start, stop, article_size=self.article_size)

    def extents(self):
        """Its map, as an import makes it."""
        posting = SyntheticPosting(self.seed, self.size, Envelope(self.article_size))
        begins, sizes, ids, ends = array("Q"), array("I"), bytearray(), array("Q")
        for number in range(1, posting.total + 1):
            header = posting.header(number)
            begins.append(header.begin)
            sizes.append(header.size)
            ids += posting.message_id(number).encode()
            ends.append(len(ids))
        posted = array("I", [0] * posting.total)
        name = PostedName(self.size, posting.header(1).name)
        table = ArticleTable(begins, sizes, posted, bytes(ids), ends, (name,))
        return ExtentMap.joined(table, range(posting.total))


async def bring(program, film, *servers):
    """Import a film, so that nothing of it is in memory and the servers have counted nothing."""
    job = await program.bring(film.nzb, film.title)
    assert job.path == f"/complete/{film.title}", job.message
    await program.calm()
    forget(program)
    for server in servers:
        server.counters.reset()


def forget(program):
    """Let the program have no article in memory."""
    store = program.program.store
    for entry in list(store._kept):
        store._evict(entry)


def trouble(server, *faults):
    """Let these be all that is wrong with a server."""
    server.knobs = Knobs(faults=faults)
