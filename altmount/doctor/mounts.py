"""What kind of file system a path is on."""

from __future__ import annotations

import re
from pathlib import Path

REMOTE = frozenset(
    {"9p", "afs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
)
"""Those that are reached over a network."""

_OCTAL = re.compile(r"\\([0-7]{3})")


def file_system_of(path: Path, mounts: str) -> str:
    """The kind of the file system that a path is on, such as ``ext4`` or ``fuse.sshfs``.

    Args:
        path: Absolute, without symbolic links.
        mounts: What the kernel says in ``/proc/self/mountinfo`` (proc(5)).

    Returns:
        Its name; empty if that is not said.
    """
    found, longest = "", -1
    for line in mounts.splitlines():
        # 36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw
        before, _, after = line.partition(" - ")
        words, kinds = before.split(" "), after.split(" ")
        if len(words) < 5:  # noqa: PLR2004 the fifth is where it is mounted
            continue
        point = Path(_OCTAL.sub(lambda octal: chr(int(octal[1], 8)), words[4]))
        depth = len(point.parts)
        if path.is_relative_to(point) and depth >= longest:  # a later one lies over earlier ones
            found, longest = kinds[0], depth
    return found


def is_remote(kind: str) -> bool:
    """Whether a kind of file system is reached over a network, or may well be."""
    return kind in REMOTE or kind.startswith(("fuse.sshfs", "fuse.rclone"))
