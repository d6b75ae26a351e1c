"""Which files of a post, or of an archive in it, are the volumes of which archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from altmount.aio.steps import Steps
from altmount.archives.model import Identity, Volume
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.magic import extension_of
from altmount.importer.obfuscation import obfuscated
from altmount.importer.refusals import Reason
from altmount.importer.rules import extension_of as named_extension
from altmount.importer.volumes import VolumeSet, volume_name, volume_sets

ARCHIVES = frozenset({Kind.RAR, Kind.SEVEN_ZIP, Kind.ZIP})


@dataclass(frozen=True, slots=True)
class Member:
    """A file that may be a volume."""

    index: int
    """Names it among all files that are looked at."""

    name: str
    size: int
    head: bytes = b""
    inferred: bool = False
    fault: Reason | None = None
    """Why it cannot be read, if that is so."""


@dataclass(frozen=True, slots=True)
class ArchiveSet:
    """An archive, as its volumes."""

    kind: Kind
    """RAR, SEVEN_ZIP or ZIP."""

    name: str
    """Of its first volume: hostile."""

    members: tuple[Member, ...]
    """Its volumes, in order."""

    missing: tuple[int, ...] = ()
    """The places, from 0, of volumes that must exist and are not there."""

    cut: bool = False
    """Whether they are one volume that was cut, and have no headers of their own."""

    @property
    def size(self) -> int:
        """Of all volumes, in bytes."""
        return sum(member.size for member in self.members)

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """What a parser is told."""
        if self.cut:
            inferred = any(member.inferred for member in self.members)
            return (Volume(self.name, self.size, inferred),)
        return tuple(Volume(each.name, each.size, each.inferred) for each in self.members)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The archives among some files."""

    sets: tuple[ArchiveSet, ...]
    strays: tuple[Member, ...]
    """RAR volumes whose names do not tell what they belong to; their headers may."""

    indexes: frozenset[int]
    """All files that are volumes."""


def gather(members: Sequence[Member]) -> Steps[Gathered]:
    """Find the archives among some files, by their first bytes and their names."""
    by_index = {member.index: member for member in members}
    named = volume_sets((member.index, member.name) for member in members)
    yield
    known = {volume_name(by_index[index].name): index for found in named for index in found.files}
    sets: list[ArchiveSet] = []
    taken: set[int] = set()
    for found in named:
        kind = _kind(found, by_index)
        hides = len(found.files) == 1 and obfuscated(by_index[found.files[0]].name)
        if kind is not None and not (kind is Kind.SEVEN_ZIP and hides):
            ordered = tuple(by_index[index] for index in found.files)
            cut = kind is Kind.RAR and _is_cut(ordered)
            sets.append(ArchiveSet(kind, ordered[0].name, ordered, found.missing, cut))
            taken.update(found.files)
        yield
    lone: list[Member] = []
    for member in members:
        if member.index not in taken and kind_of(member.name, member.head) in ARCHIVES:
            taken.add(member.index)
            said = volume_name(member.name)
            if said is None or known[said] == member.index:  # else it was posted twice
                lone.append(member)
            yield
    sets, strays = _without_strays(sets, [each for each in lone if _is(each, Kind.RAR)])
    for member in lone:
        if not _is(member, Kind.RAR):
            kind = kind_of(member.name, member.head)
            rest = _followers(member, members, taken) if kind is Kind.SEVEN_ZIP else ()
            taken.update(each.index for each in rest)
            sets.append(ArchiveSet(kind, member.name, (member, *rest)))
            yield
    return Gathered(tuple(sets), strays, frozenset(taken))


def arrange(strays: Sequence[tuple[Member, Identity]]) -> tuple[ArchiveSet, ...]:
    """The sets that volumes make whose headers were asked, in order.

    Volumes belong together that speak of the same entry, or else are of the same size; where
    only one is the first of a set, all do. What the headers do not number is ordered by name.
    """
    firsts = [stray for stray in strays if stray[1].first or stray[1].number == 0]
    if len(firsts) <= 1:
        return (_arranged(strays),) if strays else ()
    by_entry: dict[tuple[str, str], list[tuple[Member, Identity]]] = defaultdict(list)
    for stray in firsts:
        by_entry[stray[1].format, stray[1].entry].append(stray)
    for member, identity in strays:
        if (member, identity) in firsts:
            continue
        same_entry = by_entry.get((identity.format, identity.entry))
        group = same_entry or _by_size(member, identity, by_entry)
        if group is not None:
            group.append((member, identity))
    found: list[ArchiveSet] = []
    for group in by_entry.values():
        starts = [stray for stray in group if stray in firsts]
        if len(starts) == 1:
            found.append(_arranged(group))
        else:  # archives of one volume each, with the same in them
            found += [_arranged([start]) for start in starts]
    return tuple(found)


def _by_size(
    member: Member,
    identity: Identity,
    groups: Mapping[tuple[str, str], list[tuple[Member, Identity]]],
) -> list[tuple[Member, Identity]] | None:
    alike = [
        group
        for (format_, _), group in groups.items()
        if format_ == identity.format and group[0][0].size == member.size
    ]
    return alike[0] if len(alike) == 1 else None


def _arranged(strays: Sequence[tuple[Member, Identity]]) -> ArchiveSet:
    def place(stray: tuple[Member, Identity]) -> tuple[int, int, bool, int, str]:
        member, identity = stray
        number = identity.number
        said = volume_name(member.name)
        by_name = said.number if said else 0
        if number is None and identity.first:
            number = 0
        return (number is None, number or 0, bool(identity.last), by_name, member.name)

    ordered = sorted(strays, key=place)
    numbers = {identity.number for _, identity in strays if identity.number is not None}
    missing: tuple[int, ...] = ()
    if len(numbers) == len(strays):
        missing = tuple(number for number in range(max(numbers)) if number not in numbers)
    elif not any(identity.first for _, identity in strays):
        missing = (0,)
    first = ordered[0][0]
    return ArchiveSet(Kind.RAR, first.name, tuple(member for member, _ in ordered), missing)


def _kind(found: VolumeSet, members: Mapping[int, Member]) -> Kind | None:
    """Of which kind a set of names is; ``None`` if it is no archive."""
    kinds = [
        kind
        for index in found.files
        if (kind := _BY_MAGIC.get(extension_of(members[index].head))) is not None
    ]
    return kinds[0] if kinds else _BY_SCHEME.get(found.scheme)


def _is_cut(members: Sequence[Member]) -> bool:
    """Whether a volume was cut into parts by other means than RAR's."""
    first, *rest = members
    heads = [member.head for member in rest if member.head]
    return (
        extension_of(first.head) == "rar"
        and bool(heads)
        and not any(extension_of(head) == "rar" for head in heads)
    )


def _without_strays(
    sets: Sequence[ArchiveSet], lone: Sequence[Member]
) -> tuple[list[ArchiveSet], tuple[Member, ...]]:
    """The sets that names tell, and the volumes that only their headers can tell apart.

    Where several volumes share their names with no other, the names may have been made up for
    each; and a number in such a name means that there must be others.
    """
    single = [each for each in sets if each.kind is Kind.RAR and len(each.members) == 1]
    if len(single) + len(lone) <= 1 and not any(each.missing for each in single):
        alone = [ArchiveSet(Kind.RAR, each.name, (each,)) for each in lone]
        return [*sets, *alone], ()
    names = {id(each) for each in single}
    kept = [each for each in sets if id(each) not in names]
    strays = [*lone, *(each.members[0] for each in single)]
    return kept, tuple(sorted(strays, key=lambda member: member.index))


def _followers(
    first: Member, members: Sequence[Member], taken: frozenset[int] | set[int]
) -> tuple[Member, ...]:
    """The parts of a 7z archive whose names tell nothing: of its first one's size, then a rest."""
    unknown = [
        member
        for member in members
        if member.index not in taken
        and kind_of(member.name, member.head) is Kind.OTHER
        and (not named_extension(member.name) or obfuscated(member.name))
    ]
    equal = [member for member in unknown if member.size == first.size]
    smaller = [member for member in unknown if 0 < member.size < first.size]
    return (*equal, *smaller[:1]) if len(smaller) <= 1 else tuple(equal)


def _is(member: Member, kind: Kind) -> bool:
    return kind_of(member.name, member.head) is kind


_BY_MAGIC = {"rar": Kind.RAR, "7z": Kind.SEVEN_ZIP, "zip": Kind.ZIP}
_BY_SCHEME = {
    "part": Kind.RAR,
    "roll": Kind.RAR,
    "rar": Kind.RAR,
    "7z": Kind.SEVEN_ZIP,
    "zip": Kind.ZIP,
}
