from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from altmount.doctor.mounts import file_system_of, is_remote

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /mnt/nas rw - nfs4 nas:/export rw
41 40 0:36 / /mnt/nas/local rw shared:7 master:3 - btrfs /dev/sdb rw
42 22 0:37 / /mnt/my\\040disk rw - cifs //nas/x rw
43 22 0:38 / /srv rw - xfs /dev/sdc rw
44 22 0:39 / /srv rw - fuse.sshfs host:/x rw
nonsense
"""


def test_the_deepest_mount_counts_and_of_two_at_one_place_the_later():
    def kind(path):
        return file_system_of(Path(path), MOUNTS)

    assert kind("/var/lib") == "ext4"
    assert kind("/mnt/nas") == "nfs4"
    assert kind("/mnt/nas/a/b") == "nfs4"
    assert kind("/mnt/nastier") == "ext4"
    assert kind("/mnt/nas/local/x") == "btrfs"
    assert kind("/mnt/my disk/x") == "cifs"
    assert kind("/srv/x") == "fuse.sshfs"
    assert file_system_of(Path("/x"), "") == ""


def test_what_is_reached_over_a_network():
    assert all(map(is_remote, ["nfs", "nfs4", "cifs", "fuse.sshfs", "fuse.rclone", "9p"]))
    assert not any(
        map(is_remote, ["ext4", "btrfs", "xfs", "overlay", "tmpfs", "fuseblk", "zfs", ""])
    )


def test_where_this_is():
    assert file_system_of(Path("/proc/self"), Path("/proc/self/mountinfo").read_text()) == "proc"


@given(st.text())
def test_whatever_it_says_there_is_no_error(mounts):
    file_system_of(Path("/a/b"), mounts)
