"""Conditional requests (RFC 9110, section 13): whether a file is still what the client holds."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import datetime

from altmount.web.dates import parse_http_date

_TAG = re.compile(r'(?P<weak>W/)?"(?P<opaque>[\x21\x23-\x7e\x80-\U0010ffff]*)"')
_MEMBER = re.compile(rf"[ \t,]*{_TAG.pattern}")


class Verdict(enum.Enum):
    """What a request's conditions come to."""

    SEND = 200  #: They hold, or there are none.
    UNCHANGED = 304  #: The client has these very bytes.
    FAILED = 412  #: The client wanted another version than there is.


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one version of a file from another."""

    etag: str
    """The opaque part of its strong entity tag, without quotes."""

    modified: datetime
    """When it last changed; knows its zone, and only whole seconds of it count."""

    def changed_after(self, moment: datetime) -> bool:
        return self.modified.replace(microsecond=0) > moment


@dataclass(frozen=True, slots=True)
class Conditions:
    """The values of a request's conditional headers; None where there is none."""

    if_match: str | None = None
    if_unmodified_since: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_range: str | None = None

    def verdict(self, current: Validators) -> Verdict:
        """Weigh the conditions of a GET or HEAD in the order of section 13.2.2."""
        if self.if_match is not None:
            if not _names(self.if_match, current.etag, weakly=False):
                return Verdict.FAILED
        elif self.if_unmodified_since is not None:
            since = parse_http_date(self.if_unmodified_since)
            if since is not None and current.changed_after(since):
                return Verdict.FAILED
        if self.if_none_match is not None:
            if _names(self.if_none_match, current.etag, weakly=True):
                return Verdict.UNCHANGED
        elif self.if_modified_since is not None:
            since = parse_http_date(self.if_modified_since)
            if since is not None and not current.changed_after(since):
                return Verdict.UNCHANGED
        return Verdict.SEND

    def ranges_apply(self, current: Validators) -> bool:
        """Whether a Range header counts (13.1.5): not for a client that holds another version.

        A file here never changes within a second, since it never changes at all under its
        name; so a date is as good as a strong tag.
        """
        if self.if_range is None:
            return True
        tag = _TAG.fullmatch(self.if_range)
        if tag is not None:
            return tag["weak"] is None and tag["opaque"] == current.etag
        since = parse_http_date(self.if_range)
        return since is not None and since == current.modified.replace(microsecond=0)


def _names(tags: str, etag: str, *, weakly: bool) -> bool:
    """Whether a list of entity tags, or ``*``, names the version there is (8.8.3.2)."""
    if tags.strip(" \t") == "*":
        return True
    at = 0
    while tag := _MEMBER.match(tags, at):
        if tag["opaque"] == etag and (weakly or tag["weak"] is None):
            return True
        at = tag.end()
    return False
