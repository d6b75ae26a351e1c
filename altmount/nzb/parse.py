"""NZB files as indexers and posting programs really write them."""

from __future__ import annotations

import re

from altmount.nzb import strict, tolerant
from altmount.nzb.assembly import Assembly
from altmount.nzb.encoding import as_utf8
from altmount.nzb.errors import NzbError, NzbFault
from altmount.nzb.gunzip import gunzip
from altmount.nzb.limits import Limits
from altmount.nzb.model import Nzb
from altmount.nzb.text import fit

_ARCHIVES = (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd", b"BZh")
_WEB_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html\b)", re.IGNORECASE)
_SHOWN = 200


def parse_nzb(data: bytes, limits: Limits = Limits()) -> Nzb:  # noqa: B008 -- frozen
    """Take an NZB from outside, gzipped or not, in any encoding, well-formed or nearly so.

    What is there is taken, and what is missing stays missing: segments without a usable
    Message-ID and the tail of a file that breaks off leave gaps in the numbers. A file may
    thus be left without segments, but not all.

    Raises:
        NzbError: There is nothing in it to be taken, or far too much.
    """
    if len(data) > limits.size:
        raise _too_large(limits)
    data = gunzip(data, limits.size)
    if not data.strip(b"\0\t\n\r "):
        raise NzbError(NzbFault.EMPTY, "The file is empty; download the NZB again.")
    if data.startswith(_ARCHIVES):
        raise NzbError(
            NzbFault.NOT_AN_NZB, "This is an archive, not an NZB; unpack it and add the NZBs in it."
        )
    data = as_utf8(data)
    try:
        assembly = strict.read(data, limits)
    except strict.NotWellFormedError:
        assembly = tolerant.read(data, limits)
    nzb = assembly.nzb()
    if nzb is None:
        raise _nothing_in(data, assembly)
    return nzb


def _too_large(limits: Limits) -> NzbError:
    return NzbError(
        NzbFault.TOO_LARGE,
        f"The file is larger than the {limits.size:,} bytes that an NZB may have.",
    )


def _nothing_in(data: bytes, assembly: Assembly) -> NzbError:
    """Why there is nothing: what the file is instead of an NZB, if it is something else."""
    if assembly.is_nzb:
        return NzbError(
            NzbFault.EMPTY,
            "The NZB names no article that could be fetched; get it from another indexer.",
        )
    if assembly.root == "error":
        said = assembly.root_attributes
        text = fit(said.get("description", ""), _SHOWN) or "no reason given"
        code = fit(said.get("code", ""), 10) or "none"
        return NzbError(
            NzbFault.NOT_AN_NZB,
            f"This is no NZB but an error of the indexer: {text} (code {code}).",
        )
    if assembly.root == "html" or _WEB_PAGE.match(data):
        return NzbError(
            NzbFault.NOT_AN_NZB,
            "This is a web page, not an NZB: the indexer may want a login, or has blocked the "
            "download. Check the account and its API key.",
        )
    if assembly.root in ("", "?xml") and data.lstrip()[:5].lower() == b"<?xml":
        return NzbError(
            NzbFault.MALFORMED,
            "The file breaks off before its first article, or is damaged; download it again.",
        )
    return NzbError(NzbFault.NOT_AN_NZB, "This is not an NZB; see that the right file was chosen.")
