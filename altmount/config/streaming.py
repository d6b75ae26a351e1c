"""Settings of reading."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from altmount.config.section import Section, ZeroMeansDefault

_MIB = 1 << 20


class StreamingSettings(Section):
    """The section `streaming`."""

    max_prefetch: Annotated[int, Field(ge=1, le=10_000), ZeroMeansDefault()] = 60
    """How many articles one reader may fetch ahead of what it has read."""

    cache_bytes: Annotated[int, Field(ge=16 * _MIB, le=1 << 40)] = 256 * _MIB
    """How many bytes of memory the articles that were read last, or are on their way, may take."""
