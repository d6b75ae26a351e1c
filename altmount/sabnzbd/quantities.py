"""Numbers as SABnzbd writes them: most are text."""

from __future__ import annotations

MEGABYTE = 1024**2
GIGABYTE = 1024**3

_UNITS = ("", "K", "M", "G", "T", "P")
_STEP = 1024
_DAY = 86_400
_NO_TIME = "0:00:00"


def units(number: float, unit: str = "") -> str:
    """A number with the largest unit that fits, such as ``1.2 G``; with ``unit`` behind it.

    From millions on it has a decimal.
    """
    step = 0
    while number >= _STEP and step < len(_UNITS) - 1:
        number /= _STEP
        step += 1
    return f"{number:.{1 if step > 1 else 0}f} {_UNITS[step]}{unit}"


def megabytes(size: int) -> str:
    """Bytes in megabytes of 2^20, with two decimals."""
    return f"{size / MEGABYTE:.2f}"


def gigabytes(size: int) -> str:
    """Bytes in gigabytes of 2^30, with two decimals."""
    return f"{size / GIGABYTE:.2f}"


def duration(seconds: float) -> str:
    """A time as ``H:MM:SS``, from a day on as ``D:HH:MM:SS``, which clients read alike."""
    if not 0 < seconds < 1000 * _DAY:
        return _NO_TIME
    whole = round(seconds)
    days, rest = divmod(whole, _DAY)
    clock = f"{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}:{clock.zfill(8)}" if days else clock
