"""What archives are made of: volumes, entries, and where the bytes of an entry lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from altmount.archives.errors import ArchiveFault
from altmount.spans import Span


@dataclass(frozen=True, slots=True)
class Volume:
    """A file of an archive set, as it is known before it is read."""

    name: str
    """As posted: a hint, and hostile."""

    size: int
    """In bytes."""

    inferred: bool = False
    """Whether the size was taken from that of its neighbours, and not measured."""


class Extent(NamedTuple):
    """A run of an entry's bytes in a volume. Never empty."""

    volume: int
    """Index into the set's volumes."""

    start: int
    """Where it starts in the volume, in bytes."""

    size: int
    """In bytes."""

    inferred: bool = False
    """Whether its place follows from that of others, and was not read in a header."""


@dataclass(frozen=True, slots=True)
class AesCbc:
    """How an entry's data is encrypted: all its extents, joined, are one CBC chain.

    The plain bytes of the entry are those from ``skip`` on, of what the chain decrypts to; what
    comes after the entry's size is padding. A chain that starts in the middle of a longer one
    has the block before it in its extents, and 16 more to skip.
    """

    key: bytes
    """16, 24 or 32 bytes."""

    iv: bytes
    """16 bytes."""

    skip: int = 0
    """How many decrypted bytes come before the entry's first."""

    checked: bool = False
    """Whether the format had something to check the password by, and it was right."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder inside an archive."""

    path: str
    """As archived: hostile. Folders are parted by ``/``."""

    size: int
    """Of the plain bytes."""

    extents: tuple[Extent, ...] = ()
    """Where its bytes lie, in order; none if it is empty or ``obstacle`` says why not.

    They make up ``size`` bytes, or with a cipher whole blocks of at least ``skip + size``.
    """

    cipher: AesCbc | None = None
    """``None`` where the bytes are plain."""

    content: bytes | None = None
    """The bytes of a small entry that had to be unpacked, in place of extents."""

    folder: bool = False

    obstacle: ArchiveFault | None = None
    """Why its bytes cannot be had: COMPRESSED, ENCRYPTED, WRONG_PASSWORD, UNSUPPORTED,
    VOLUMES_MISSING, TRUNCATED or DAMAGED. Other entries may be readable all the same."""

    detail: str = ""
    """What more there is to say of the obstacle, such as the method's name."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What headers that nobody has read are taken to say, of a volume in the middle of an entry.

    See :mod:`altmount.archives.rar.lead`.
    """

    format: str
    """``rar4`` or ``rar5``."""

    number: int | None
    """The volume's place in the set, from 0; ``None`` where its first headers do not say it."""

    path: str
    """Of the entry, as archived."""

    run: Span
    """Where the entry's bytes lie in the volume. All that comes before are headers."""


@dataclass(frozen=True, slots=True)
class Archive:
    """What is in a set."""

    entries: tuple[Entry, ...]
    """In the order of the archive; of entries with the same path the last counts."""

    leads: Mapping[int, Lead] = field(default_factory=dict)
    """What the headers of volumes are taken to say that were not read, by the volumes' indexes."""

    label: str = ""
    """What a disc is called by its image: hostile; empty where nothing is said."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the headers of a single volume say of its place in a set."""

    format: str
    """``rar4`` or ``rar5``. Volumes of one set have the same."""

    first: bool | None = None
    """Whether it is the first of its set; ``None`` where that is not said."""

    number: int | None = None
    """Its place in the set, from 0; ``None`` where that is not said."""

    last: bool | None = None
    """Whether it is the last of its set; ``None`` where that is not said."""

    entry: str = ""
    """Path of the first entry of which it holds bytes; neighbours of a set mostly share it."""

    entry_size: int = 0
    """Unpacked size of that entry, in bytes."""

    continues: bool = False
    """Whether that entry began in the volume before."""

    encrypted_headers: bool = False
    """Whether more could be said with a password."""
