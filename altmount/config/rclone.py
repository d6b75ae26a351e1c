"""Settings of rclone."""

from __future__ import annotations

from pydantic import SecretStr

from altmount.config.section import Section


class RcloneSettings(Section):
    """The section `rclone`."""

    password: SecretStr = SecretStr("")
    """Password of posts that rclone's crypt has encrypted, tried after those that come with an NZB
    and after `import.passwords`; none if empty. It has nothing to do with a mount."""

    salt: SecretStr = SecretStr("")
    """What rclone calls the second password, or salt, of such posts, where the NZB names none."""
