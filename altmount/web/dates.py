"""HTTP dates (RFC 9110, section 5.6.7): one way to write them, three to read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_FORMATS = (
    re.compile(f"{_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT"),
    # RFC 850, and what C's asctime() gives; no one writes these any more, all must read them.
    re.compile(f"{_LONG_DAY}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT"),
    re.compile(f"{_DAY} {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})"),
)
_CENTURY = 100
_FIRST_OF_1900S = 70  # As in POSIX: two digits from 69 downwards are of this century.


def http_date(moment: datetime) -> str:
    """A moment as a header says it, in whole seconds. ``moment`` knows its zone."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def parse_http_date(text: str) -> datetime | None:
    """The moment a header speaks of, or None where it is not a date to HTTP's rules."""
    match = next((found for form in _FORMATS if (found := form.fullmatch(text))), None)
    if match is None:
        return None
    year = int(match["year"])
    if year < _CENTURY and len(match["year"]) == len("70"):
        year += 1900 if year >= _FIRST_OF_1900S else 2000
    try:
        return datetime(
            year,
            _MONTHS.index(match["month"]) + 1,
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            min(int(match["second"]), 59),  # 60 in a leap second
            tzinfo=UTC,
        )
    except ValueError:
        return None
