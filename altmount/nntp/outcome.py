"""What an answer means: the one place where answers are judged."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import NamedTuple

from sabctools import EncodingFormat, NNTPResponse

from altmount.articles import Body, Part
from altmount.nntp.protocol import Answer, Code


class Outcome(enum.Enum):
    """What a provider's answer to a request for an article comes down to."""

    SERVED = "served"  #: Here it is.
    MISSING = "missing"  #: This provider does not have it, by its own word.
    WRONG = "wrong"  #: What it has is not the article; asking it again will not help.
    REFUSED = "refused"  #: It will not say now: limits, quota, maintenance, login.


_OUTCOMES: Mapping[int, Outcome] = {
    Code.BODY_FOLLOWS: Outcome.SERVED,
    Code.ARTICLE_EXISTS: Outcome.SERVED,
    Code.NO_SUCH_NUMBER: Outcome.MISSING,
    Code.NO_SUCH_ARTICLE: Outcome.MISSING,
}


class Verdict(NamedTuple):
    """An outcome, with the body or the reason that goes with it."""

    outcome: Outcome
    reason: str = ""
    body: Body | None = None


def judge_presence(answer: Answer) -> Verdict:
    """What an answer to STAT means."""
    return Verdict(_OUTCOMES.get(answer.code, Outcome.REFUSED), answer.text[:100])


def judge_body(answer: Answer, wanted: Part | None) -> Verdict:
    """What an answer to BODY means, for whoever wants ``wanted``.

    Without a ``wanted`` the article need only agree with itself.
    """
    verdict = judge_presence(answer)
    if verdict.outcome is not Outcome.SERVED:
        return verdict
    response = answer.response
    if reason := _flaw(response):
        return Verdict(Outcome.WRONG, reason)
    data = memoryview(response.data).toreadonly()  # type: ignore[arg-type]  # no flaw: there is data
    part = Part(
        response.part_begin, len(data), response.file_size or len(data), response.file_name or ""
    )
    if wanted is not None and (reason := part.misfit(wanted)):
        return Verdict(Outcome.WRONG, reason)
    return Verdict(Outcome.SERVED, body=Body(data, part))


def _flaw(response: NNTPResponse) -> str:
    """What is wrong with an article by its own word."""
    if not response.data or response.format is not EncodingFormat.YENC:
        return "it has no yEnc data"
    if response.crc is None and response.crc_expected is not None:
        return "its checksum is wrong"
    if len(response.data) != response.part_size:
        return f"it has {len(response.data)} bytes and says {response.part_size}"
    return ""
