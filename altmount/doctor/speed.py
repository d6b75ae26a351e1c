"""How fast articles come from an account."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

import aiohttp

from altmount.aio.budget import ByteBudget
from altmount.api.measurement import Conditions, Measurement, measure
from altmount.api.trialposts import TrialPost
from altmount.doctor.account import pool_of
from altmount.doctor.client import Login, asking
from altmount.doctor.finding import Finding, Grade, Say
from altmount.nntp.provider import Provider
from altmount.nzb.model import Nzb, PostedFile, Segments
from altmount.nzb.write import write_nzb

CHECK = "speed"
SECONDS = 45.0

_ARTICLES = 40
_MEASURED = 5.0
"""How long articles are fetched at most, in seconds."""

_CONNECTIONS = 20
_MIB = 1 << 20
_SLOW = 1.5
"""MiB a second; what a film in full HD takes that is not compressed much."""

_FASTER = (
    "Try another port, TLS or server of the provider, and more connections; look at what else uses"
    " the line. POST /api/config/providers/<id>/speedtest measures for longer."
)


@dataclass(frozen=True, slots=True)
class Speed:
    """Fetches some articles of an account, and drops them.

    Args:
        provider: The account; none is fetched from one whose quota only the server counts.
        post: What to fetch; nothing can be if there is none.
    """

    provider: Provider
    post: TrialPost | None

    async def look(self, say: Say) -> None:
        """Say how fast it is, over connections of our own."""
        provider, post = self.provider, self.post
        if post is None:
            say(self._skipped("there is nothing in the library yet that could be fetched"))
            return
        if provider.quota_bytes:
            say(self._skipped("it has a quota, which only a server that runs counts"))
            return
        some = replace(post, articles=post.articles[:_ARTICLES])
        memory = _Memory(ByteBudget(_ARTICLES * some.article_bytes))
        async with pool_of(provider, _CONNECTIONS) as pool:
            conditions = Conditions(memory, _ARTICLES, _MEASURED)
            found = await measure(pool, some.articles, some.article_bytes, conditions)
        say(self._judged(found.rate / _MIB, found))

    async def look_through(self, port: int, prefix: str, login: Login, say: Say) -> None:
        """Say how fast it is, as the server measures it that uses the account."""
        if self.post is None:
            say(self._skipped("there is nothing in the library yet that could be fetched"))
            return
        form = aiohttp.FormData()
        nzb = _nzb_of(replace(self.post, articles=self.post.articles[:_ARTICLES]))
        form.add_field("file", nzb, filename="doctor.nzb", content_type="application/x-nzb")
        path = f"{prefix}/providers/{quote(self.provider.id, safe='')}/speedtest"
        async with asking(port, login) as client:
            reply = await client.ask("POST", path, data=form)
        if not reply.good:
            said = reply.told("error").get("message", f"the server answers {reply.status}")
            text = f"it could not be measured: {str(said)[:300]}"
            say(self._finding(Grade.WARNING, text, "Look at what the server's log says of it."))
            return
        told = reply.told("data")
        speed, size = told.get("speed_mbps"), told.get("bytes")
        if not isinstance(speed, int | float) or not isinstance(size, int):
            text = "the server's answer to a speed test makes no sense"
            say(self._finding(Grade.WARNING, text, "Restart it, if it is of another version."))
            return
        found = Measurement(bytes=size, missing=_count(told.get("missing")), articles=1)
        say(self._judged(float(speed), found))

    def _judged(self, speed: float, found: Measurement) -> Finding:
        facts = {
            "megabytes_per_second": round(speed, 2),
            "bytes": found.bytes,
            "missing": found.missing,
            "failed": found.failed,
        }
        if not found.articles:
            text = "no article came" if not found.missing else "it has none of the articles"
            return Finding(CHECK, self.provider.id, Grade.WARNING, text, _FASTER, facts)
        text = f"{speed:.1f} MiB/s, over {found.bytes / _MIB:.1f} MiB"
        grade = Grade.OK if speed >= _SLOW else Grade.WARNING
        fix = "" if grade is Grade.OK else _FASTER
        return Finding(CHECK, self.provider.id, grade, text, fix, facts)

    def _skipped(self, text: str) -> Finding:
        return self._finding(Grade.SKIPPED, text)

    def _finding(self, grade: Grade, text: str, fix: str = "") -> Finding:
        return Finding(CHECK, self.provider.id, grade, text, fix)


class _Memory:
    """What the articles may take that are on their way."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget

    def reserve(self, size: int) -> bool:
        if not self._budget.fits(size):
            return False
        self._budget.take(size)
        return True

    def unreserve(self, size: int) -> None:
        self._budget.give(size)


def _nzb_of(post: TrialPost) -> bytes:
    rows = [(number, post.article_bytes, one) for number, one in enumerate(post.articles, 1)]
    file = PostedFile('"doctor.bin" yEnc', "altmount", None, ("alt.binaries",), Segments.of(rows))
    return write_nzb(Nzb((file,)))


def _count(number: object) -> int:
    return number if isinstance(number, int) else 0
