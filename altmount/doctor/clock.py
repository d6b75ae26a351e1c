"""The clock of this machine, against those of the providers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import altmount
from altmount.doctor.finding import Finding, Grade

CHECK = "clock"

_FAIR = 30.0
_FAR = 300.0
_DAY = timedelta(days=1)
_FIX = (
    "Let it be set by the network: `timedatectl set-ntp true`, or systemd-timesyncd, chrony or the"
    " settings of the host. Certificates, logins and links have times that it is compared with."
)


def judged(off_by: Sequence[float]) -> Finding:
    """Whether the clock is right.

    Args:
        off_by: How far it is behind the clock of each provider, in seconds. Theirs may be wrong as
            well, so the one that agrees best is believed.
    """
    if not off_by:
        return _alone(datetime.now(UTC), datetime.fromtimestamp(_installed(), UTC))
    least = min(off_by, key=abs)
    facts = {"behind_seconds": round(least, 1)}
    if abs(least) <= _FAIR:
        text = "it agrees with a provider's within a few seconds"
        return Finding(CHECK, "", Grade.OK, text, "", facts)
    way = "behind" if least > 0 else "ahead of"
    text = f"it is {abs(least):,.0f} seconds {way} that of every provider"
    grade = Grade.WARNING if abs(least) <= _FAR else Grade.ERROR
    return Finding(CHECK, "", grade, text, _FIX, facts)


def _alone(now: datetime, installed: datetime) -> Finding:
    """What can be said without a provider."""
    if now < installed - _DAY:
        text = f"it says {now:%Y-%m-%d}, which is before altmount was installed"
        return Finding(CHECK, "", Grade.ERROR, text, _FIX)
    text = "no provider could be asked for the time, so that nothing is known of it"
    return Finding(CHECK, "", Grade.SKIPPED, text)


def _installed() -> float:
    return Path(altmount.__file__).stat().st_mtime
