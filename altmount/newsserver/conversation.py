"""What a news server says, decided without doing any I/O (RFC 3977, RFC 4643)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from altmount.newsserver.answer import END, Answer, line
from altmount.newsserver.commands import LONGEST_COMMAND, TOO_LONG, Command
from altmount.newsserver.counters import BODIES
from altmount.newsserver.damage import damaged
from altmount.newsserver.knobs import Fault, FaultKind
from altmount.newsserver.site import Site
from altmount.newsserver.spool import Article
from altmount.newsserver.yenc import Piece

_CODES = {"ARTICLE": 220, "HEAD": 221, "BODY": 222, "STAT": 223}
_LONGEST_MESSAGE_ID = 248
_BREAKS = frozenset({FaultKind.STALL, FaultKind.DROP, FaultKind.RESET})
_REFUSAL = 400


class Conversation:
    """One connection's talk: who the client is, and what it is told."""

    def __init__(self, site: Site, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._site = site
        self._now = now
        self._username: str | None = None
        self._logged_in = False
        self._answers: Mapping[str, Callable[[Command], Answer]] = {
            "ARTICLE": self._article,
            "AUTHINFO": self._login,
            "BODY": self._article,
            "CAPABILITIES": self._capabilities,
            "DATE": self._date,
            "HEAD": self._article,
            "MODE": self._mode,
            "QUIT": self._quit,
            "STAT": self._article,
            TOO_LONG: self._too_long,
        }

    def greeting(self) -> Answer:
        """What a new client is told first."""
        knobs = self._site.knobs
        code = knobs.greeting_code
        text = "altmount news server" if code < _REFUSAL else "not now"
        return dataclasses.replace(
            line(code, text, closes=code >= _REFUSAL), silent=knobs.silent_greeting
        )

    def refusal(self) -> Answer:
        """What a client beyond the connection cap is told."""
        knobs = self._site.knobs
        return line(knobs.cap_code, knobs.cap_text, closes=True)

    def answer(self, command: Command) -> Answer:
        """Answer a command. To be called when its turn comes, and once."""
        return self._answers.get(command.kind, self._unknown)(command)

    @property
    def _must_log_in(self) -> bool:
        return bool(self._site.knobs.username) and not self._logged_in

    def _unknown(self, _command: Command) -> Answer:
        return line(500, "unknown command")

    def _too_long(self, _command: Command) -> Answer:
        return line(501, f"a command has at most {LONGEST_COMMAND} octets")

    def _quit(self, _command: Command) -> Answer:
        return line(205, "bye", closes=True)

    def _date(self, _command: Command) -> Answer:
        return line(111, self._now().strftime("%Y%m%d%H%M%S"))

    def _capabilities(self, _command: Command) -> Answer:
        lines = ["101 what this server can do", "VERSION 2", "READER", "IMPLEMENTATION altmount"]
        if self._must_log_in:
            lines.append("AUTHINFO USER")
        return Answer(("".join(f"{text}\r\n" for text in lines).encode("ascii"), END))

    def _mode(self, command: Command) -> Answer:
        if [word.upper() for word in command.arguments] != ["READER"]:
            return line(501, "say MODE READER")
        return line(201, "reading is all that can be done here")

    def _login(self, command: Command) -> Answer:
        match command.arguments:
            case (what, name) if what.upper() == "USER" and not self._logged_in:
                self._username = name
                return line(381, "and the password?")
            case (what, password) if what.upper() == "PASS" and not self._logged_in:
                return self._judge(password)
            case (_, _) if self._logged_in:
                return line(502, "already logged in")
            case _:
                return line(501, "say AUTHINFO USER name, then AUTHINFO PASS password")

    def _judge(self, password: str) -> Answer:
        knobs = self._site.knobs
        if self._username is None:
            return line(482, "the name comes first")
        username, self._username = self._username, None
        if knobs.silent_login:
            return Answer((), silent=True)
        if knobs.login_code:
            return line(knobs.login_code, "as I was told to say")
        # Where nobody needs to log in, anybody may.
        if knobs.username and (username, password) != (knobs.username, knobs.password):
            return line(481, "wrong name or password")
        self._logged_in = True
        return line(281, "welcome")

    def _article(self, command: Command) -> Answer:
        if self._must_log_in:
            return line(480, "log in first")
        message_id = command.message_id
        if not message_id and (not command.arguments or command.arguments[0].isdecimal()):
            return line(412, "there are no groups here: ask by Message-ID")
        if not 0 < len(message_id) <= _LONGEST_MESSAGE_ID:
            return line(501, "say one Message-ID in angle brackets, of at most 250 octets")
        faults = self._site.faults.strike(command.kind, message_id)
        answer = self._found(command.kind, message_id, faults)
        return _troubled(answer, faults) if faults else answer

    def _found(self, kind: str, message_id: str, faults: Sequence[Fault]) -> Answer:
        for fault in faults:
            if fault.kind is FaultKind.STATUS:
                return line(fault.code, fault.text)
        missing = any(fault.kind is FaultKind.MISSING for fault in faults)
        article = None if missing else self._site.spool.find(message_id)
        if article is None:
            return line(430, "no such article")
        try:
            pieces = self._pieces(kind, article, faults)
        except OSError:
            return line(430, "the file was taken away")
        # A foreign article goes out under the name that was asked for.
        opening = f"{_CODES[kind]} 0 <{message_id}>\r\n".encode("ascii")
        return Answer((opening, *pieces), has_body=kind in BODIES)

    def _pieces(self, kind: str, article: Article, faults: Sequence[Fault]) -> Sequence[Piece]:
        if kind == "STAT":
            return ()
        if kind == "HEAD":
            return article.headers(), END
        body = self._body(article, faults)
        return (*body, END) if kind == "BODY" else (article.headers(), b"\r\n", *body, END)

    def _body(self, article: Article, faults: Sequence[Fault]) -> tuple[Piece, ...]:
        for fault in faults:
            body = damaged(article, fault, self._site.spool)
            if body is not None:
                return body
        return article.body()


def _troubled(answer: Answer, faults: Sequence[Fault]) -> Answer:
    return dataclasses.replace(
        answer,
        late=sum(fault.seconds for fault in faults if fault.kind is FaultKind.DELAY),
        gates=tuple(fault.gate for fault in faults if fault.kind is FaultKind.HOLD),
        breaks=next((fault for fault in faults if fault.kind in _BREAKS), None),
    )
