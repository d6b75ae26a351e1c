"""Settings of speed tests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from altmount.config.section import Allowed, Section

_NZB = "https://sabnzbd.org/tests/test_download_1GB.nzb"


class SpeedTestSettings(Section):
    """The section `speed_test`."""

    nzb: Annotated[str, Allowed("a URL, an absolute path, or empty")] = _NZB
    """The NZB whose articles are fetched where a test is given none, and the news server is not
    altmount's own; empty for none."""

    private_hosts: Annotated[
        tuple[str, ...],
        Allowed("a list of names, addresses or networks such as `nas.lan` or `10.0.0.0/8`"),
    ] = ()
    """Hosts in your own network that NZBs for tests may be fetched from. Others are refused."""

    seconds: Annotated[int, Field(ge=1, le=240)] = 10
    """How long a test fetches articles at most. It counts against the account's quota."""
