"""The client's side of an NNTP conversation (RFC 3977, RFC 4643), with no I/O.

Commands go in and bytes to send come out; received bytes are put where :meth:`get_buffer`
says, and answers come out, in the order of their commands. Nothing here waits, reads a clock
or opens a socket: see :mod:`altmount.nntp.connection` for the part that does.

Framing, dot-stuffing and yEnc are the work of ``sabctools.Decoder``, which decodes in place
as bytes arrive and hands out an article once it is whole.
"""

from __future__ import annotations

import enum
from collections import deque
from typing import NamedTuple

from sabctools import Decoder, NNTPResponse

from altmount.articles import MAX_ARTICLE_BYTES
from altmount.nntp.commands import Command, Credentials
from altmount.nntp.errors import AuthenticationError, ProtocolError, ServerBusyError
from altmount.nntp.status import Code, Outcome, Stage, meaning

# As large as a read from a socket gets; the decoder's own buffer, one for each connection.
_BUFFER_BYTES = 256 * 1024
# yEnc at its worst doubles every byte; headers come on top.
_MAX_ANSWER_BYTES = 2 * MAX_ARTICLE_BYTES + 64 * 1024


class State(enum.IntEnum):
    """Where the conversation stands. It only ever moves down this list."""

    GREETING = 1  #: The server has not spoken yet.
    LOGIN = 2  #: Credentials are on their way.
    READY = 3  #: Commands are sent as they come.


class Answer(NamedTuple):
    """What the server answered to a command."""

    code: int
    text: str
    """The whole status line."""

    response: NNTPResponse
    """The decoded body and what its yEnc header says."""


class Conversation:
    """One conversation with a news server."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self.state = State.GREETING
        self.answer_bytes = 0
        """How many bytes of the answer that is next have arrived, give or take a read."""
        self._credentials = credentials
        self._decoder = Decoder(_BUFFER_BYTES)
        self._unanswered: deque[Command] = deque()
        self._outgoing = bytearray()

    def send(self, command: Command) -> None:
        """Put a command on the way; only when :attr:`state` is READY."""
        self._unanswered.append(command)
        self._outgoing += command.encode()

    def data_to_send(self) -> bytes:
        """What must go to the server now."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def get_buffer(self) -> memoryview:
        """Where the next received bytes must be put."""
        return memoryview(self._decoder)

    def receive(self, count: int) -> list[Answer]:
        """Take in ``count`` bytes that were put into the buffer.

        Returns:
            The answers that this completes, oldest first.

        Raises:
            ServerBusyError: It refused to talk.
            AuthenticationError: It refused the credentials.
            ProtocolError: It broke the protocol.
        """
        decoder = self._decoder
        try:
            decoder.process(count)
        except BufferError:
            raise ProtocolError("an article is larger than any may be") from None
        if not decoder:
            self.answer_bytes += count
            if self.answer_bytes > _MAX_ANSWER_BYTES or len(memoryview(decoder)) == 0:
                raise ProtocolError(f"no end of the answer after {self.answer_bytes} bytes")
            return []
        answers = []
        for response in decoder:
            if self.state is State.READY:
                answers.append(self._answer(response))
            else:
                self._handshake(response.status_code, _words(response))
        # What came after the last whole answer belongs to the next one. How much that is, the
        # decoder does not say; that it is not nothing can only be learned from the next read.
        self.answer_bytes = 0
        return answers

    def _answer(self, response: NNTPResponse) -> Answer:
        code, text = response.status_code, _words(response)
        if not 100 <= code <= 599:  # noqa: PLR2004 the range of RFC 3977 3.2
            raise ProtocolError(f"not a status line: {text[:100]!r}")
        if not self._unanswered:
            # A server says 400 or 502 unasked when it ends the session (RFC 3977 3.2.1).
            if code in {Code.UNAVAILABLE, Code.REFUSED}:
                raise ServerBusyError(f"the server ended the session: {text[:100]}")
            raise ProtocolError(f"nobody asked: {text[:100]!r}")
        self._unanswered.popleft()
        return Answer(code, text, response)

    def _handshake(self, code: int, text: str) -> None:
        if self.state is State.GREETING:
            self._greeted(code, text)
        else:
            self._login_answered(code, text)

    def _greeted(self, code: int, text: str) -> None:
        _insist(Stage.GREETING, code, text)
        if self._credentials is None:
            self.state = State.READY
            return
        self.state = State.LOGIN
        self._outgoing += self._credentials.encode_user()

    def _login_answered(self, code: int, text: str) -> None:
        _insist(Stage.LOGIN, code, text)
        if code == Code.LOGGED_IN:
            self.state = State.READY
        elif self._credentials is None:  # asked again, it would be a loop
            raise ServerBusyError(f"the server asks for the password again: {text[:100]}")
        else:
            self._outgoing += self._credentials.encode_password()
            self._credentials = None


def _insist(stage: Stage, code: int, text: str) -> None:
    """Go on only if the server lets us in."""
    match meaning(stage, code, text):
        case Outcome.SERVED:
            pass
        case Outcome.BUSY:
            raise ServerBusyError(f"the server refuses the connection: {text[:100]}")
        case Outcome.REFUSED:
            raise AuthenticationError(f"the server refuses the login: {text[:100]}")
        case _:
            raise ProtocolError(f"not what a news server says at {stage.value}: {text[:100]!r}")


def _words(response: NNTPResponse) -> str:
    """The status line; the decoder has none for a lone dot, which is the end of nothing."""
    words: str | None = getattr(response, "message", None)
    return words or ""
