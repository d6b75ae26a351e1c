"""Settings of the port that clients use."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from altmount.config.address import Port
from altmount.config.section import Allowed, Section, one_line

_MIB = 1 << 20


class WebdavSettings(Section):
    """The section `webdav`."""

    port: Port = 8080
    """TCP port of the HTTP server. The variable `PORT`, if set, wins over everything else."""

    own_port: Annotated[int, Field(ge=0, le=65535), Allowed("a TCP port, or 0 for none")] = 0
    """A second port, on which the WebDAV share alone is served, at `/`; none if 0."""

    user: Annotated[str, AfterValidator(one_line)] = "usenet"
    """Name that WebDAV clients log in with."""

    password: SecretStr = SecretStr("usenet")
    """Password that WebDAV clients log in with. Change it."""

    host: Annotated[str, AfterValidator(one_line), Allowed("a host name or a URL, or empty")] = ""
    """Name under which other programs reach this server, for links that are handed out."""

    local_file_bytes: Annotated[int, Field(ge=0, le=1 << 30)] = 16 * _MIB
    """How many bytes a file that a client writes may have, such as subtitles and artwork. Films
    come in as NZBs."""

    local_files_bytes: Annotated[int, Field(ge=0, le=1 << 40)] = 1024 * _MIB
    """How many bytes all files that clients wrote may have together, those that were removed lately
    among them."""
