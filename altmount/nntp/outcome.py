"""Whether what was answered is the article: the one place where articles are judged."""

from __future__ import annotations

from typing import NamedTuple

from sabctools import EncodingFormat, NNTPResponse

from altmount.articles import Body, Part, Wanted
from altmount.nntp.commands import Verb
from altmount.nntp.protocol import Answer
from altmount.nntp.status import Outcome, Stage, meaning


class Verdict(NamedTuple):
    """An outcome, with the body or the reason that goes with it."""

    outcome: Outcome
    reason: str = ""
    body: Body | None = None


def judge_presence(answer: Answer) -> Verdict:
    """What an answer to STAT means."""
    return _judge(answer, Verb.STAT)


def judge_body(answer: Answer, wanted: Wanted | None) -> Verdict:
    """What an answer to BODY means, for whoever wants ``wanted``.

    Without a ``wanted`` the article need only agree with itself.
    """
    verdict = _judge(answer, Verb.BODY)
    if verdict.outcome is not Outcome.SERVED:
        return verdict
    response = answer.response
    if reason := _flaw(response):
        return Verdict(Outcome.WRONG, reason)
    data = memoryview(response.data).toreadonly()  # type: ignore[arg-type]  # no flaw: there is data
    part = Part(
        response.part_begin, len(data), response.file_size or len(data), response.file_name or ""
    )
    if wanted is not None and (reason := wanted.objection(part)):
        return Verdict(Outcome.WRONG, reason)
    return Verdict(Outcome.SERVED, body=Body(data, part))


def _judge(answer: Answer, verb: Verb) -> Verdict:
    return Verdict(meaning(Stage.SESSION, answer.code, answer.text, verb), answer.text[:100])


def _flaw(response: NNTPResponse) -> str:
    """What is wrong with an article by its own word."""
    if not response.data or response.format is not EncodingFormat.YENC:
        return "it has no yEnc data"
    if response.crc is None and response.crc_expected is not None:
        return "its checksum is wrong"
    if len(response.data) != response.part_size:
        return f"it has {len(response.data)} bytes and says {response.part_size}"
    return ""
