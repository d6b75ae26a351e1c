"""Samples and proofs: the small extras of a release that nobody wants to watch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from altmount.importer.kinds import Kind, kind_of

MAX_SAMPLE_BYTES = 200 * 1024 * 1024
"""What is larger is no sample, whatever it is called."""

_WORD = re.compile(r"(?<![^\W_])(?:sample|proof)(?![^\W_])", re.IGNORECASE)
_PLAYABLE = frozenset({Kind.MEDIA, Kind.ISO, Kind.SPLIT, Kind.RAR, Kind.SEVEN_ZIP, Kind.ZIP})
"""What can be played, or may hold what can."""
_EXEMPT = frozenset({"srt", "sub", "idx", "vtt", "ass", "ssa", "jpg", "jpeg", "png", "nfo", "tbn"})


def sample(path: str, size: int) -> bool:
    """Whether a file looks like a sample or a proof.

    It does if ``sample`` or ``proof`` stands in its path as a word of its own, between
    anything that is no letter and no digit, and it has at most 200 MiB. Subtitles, images
    and ``.nfo`` files never do.

    Args:
        path: With the folders it lies in, inside of the release.
        size: In bytes.
    """
    extension = PurePosixPath(path).suffix[1:].lower()
    return size <= MAX_SAMPLE_BYTES and extension not in _EXEMPT and bool(_WORD.search(path))


def without_samples(files: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The files of a release that are no samples, in their order.

    All of them, if leaving the samples out would leave nothing to play of a release that has
    something: then "sample" or "proof" is in its title ("Death Proof"), or the sample is what
    was posted.

    Args:
        files: Path and size in bytes of each.
    """
    kept = [(path, size) for path, size in files if not sample(path, size)]
    return kept if _playable(kept) or not _playable(files) else list(files)


def _playable(files: Sequence[tuple[str, int]]) -> bool:
    return any(kind_of(path) in _PLAYABLE for path, _ in files)
