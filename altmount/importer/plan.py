"""What of a post is shown, and as what: the decisions of an import, without its fetching."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from altmount.aio.steps import Steps
from altmount.importer.archived import Unpacked
from altmount.importer.archivesets import ARCHIVES
from altmount.importer.contents import Contents
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.measured import Fault, MeasuredFile
from altmount.importer.naming import Candidates, choose_name, with_right_extension
from altmount.importer.obfuscation import obfuscated
from altmount.importer.obstacles import Obstacle, refuse_obstructed
from altmount.importer.refusals import Reason, Refusal
from altmount.importer.rules import Rules, extension_of, leaf_of, path_below
from altmount.importer.samples import sample, without_samples
from altmount.importer.splits import split_sets
from altmount.library.paths import safe_name, split_extension

COMPANIONS = frozenset({".srt", ".sub", ".idx", ".vtt", ".ass", ".ssa", ".nfo", ".jpg"})
"""Extensions of small files that are shown beside what is played, allowed or not."""

_NO_ARCHIVES = Unpacked()
_NEVER_MAIN = ARCHIVES | {Kind.PAR2, Kind.NZB, Kind.SUBTITLE_OR_SIDECAR}
_NUMBERED_DISC = re.compile(
    r"(?:dis[ck]|dvd|bd|cd|d|part|pt|side)[ ._-]*(?:\d{1,3}|[a-d])\.\w+\Z", re.IGNORECASE
)
_MANY = 10
"""How many names or extensions a message lists at most."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A file that is to be in the library."""

    name: str
    """A path below the folder of the release, fit to be one."""

    contents: Contents


@dataclass(frozen=True, slots=True)
class _Item:
    """A posted file, the parts of one that was cut, or a file in an archive."""

    name: str
    """As posted or archived: hostile, with folders and all."""

    kind: Kind
    size: int
    """In bytes; by the NZB's word where it could not be measured."""

    head: bytes
    contents: Contents | None = None
    files: tuple[int, ...] = ()
    """The posted files that it is, in order, by their place in the NZB; none of what is in an
    archive."""

    faults: tuple[Fault, ...] = ()
    parts_missing: tuple[int, ...] = ()
    obstacle: Obstacle | None = None
    film: bool = False
    """Whether it is the film of a disc, whatever its extension."""

    on_disc: bool = False
    """Whether it is a file of a disc that is shown as its tree, as it is."""

    archive: bool = False
    """Whether it is an archive that could not be opened."""

    @property
    def leaf(self) -> str:
        return leaf_of(self.name)

    @property
    def path(self) -> str:
        """Where it is to be below the folder of the release, leaf and all."""
        return self.leaf if self.files else self.name


def plan(
    files: Sequence[MeasuredFile],
    names: Sequence[str],
    title: str,
    rules: Rules,
    archives: Unpacked = _NO_ARCHIVES,
) -> Steps[tuple[Planned, ...]]:
    """Decide what is shown.

    Args:
        files: All files of the post.
        names: What they are called.
        title: What the release is called.
        rules: The user's wishes.
        archives: What is in its archives.

    Raises:
        Refusal: Nothing can be shown, or only a part of what should be.
    """
    items = yield from _items(files, names, archives)
    yield
    main = yield from _main(items, rules)
    _refuse_obstructed(items, main)
    _refuse_nothing(items, main, rules)
    _refuse_cut(main)
    _refuse_faulty(items, main, files)
    yield
    beside = [
        item
        for item in items
        if _is_companion(item, rules) and not item.faults and not item.obstacle
    ]
    renamed = yield from _renamed(main, beside, title, rules)
    planned = []
    shown = {id(item) for item in (*main, *beside)}
    for item in items:
        if id(item) in shown:
            assert item.contents is not None  # noqa: S101 -- it has no fault
            name = path_below(renamed.get(id(item), item.path), title)
            planned.append(Planned(name, item.contents))
            yield
    return tuple(planned)


def _items(
    files: Sequence[MeasuredFile], names: Sequence[str], archives: Unpacked
) -> Steps[list[_Item]]:
    """What is shown or not: posted files, those that were cut joined, and what is in archives."""
    single: list[_Item] = []
    for index, (file, name) in enumerate(zip(files, names, strict=True)):
        if index in archives.volumes:
            continue
        size = file.size if file.parts else file.size or file.encoded_size
        faults = (file.fault,) if file.fault else ()
        kind = kind_of(name, file.head)
        contents = None
        if file.parts:
            contents = replace(Contents.posted([(index, size)]), holes=file.holes)
        single.append(_Item(name, kind, size, file.head, contents, (index,), faults))
        yield
    joined: dict[int, _Item] = {}
    parts: set[int] = set()
    for item in _joined(single):
        if item.files:
            joined[item.files[0]] = item
            parts.update(item.files)
    items = [
        joined.get(item.files[0], item)
        for item in single
        if item.files[0] in joined or item.files[0] not in parts
    ]
    for found in archives.files:
        kind = kind_of(found.path, found.head)
        item = _Item(found.path, kind, found.size, found.head, found.contents)
        items.append(
            replace(
                item,
                obstacle=found.obstacle,
                archive=found.archive,
                film=found.film,
                on_disc=found.on_disc,
            )
        )
        yield
    return items


def _joined(single: Sequence[_Item]) -> Iterator[_Item]:
    by_name = {item.name: item for item in reversed(single) if item.kind is Kind.SPLIT}
    names = [item.name for item in single if item.name in by_name]
    for found in split_sets(dict.fromkeys(names)):
        parts = [by_name[name] for name in found.parts]
        first = parts[0]
        name = choose_name(Candidates(subject=found.name, head=first.head))
        kind = kind_of(name, first.head)
        files = tuple(part.files[0] for part in parts if part.size)
        faults = tuple(fault for part in parts for fault in part.faults)
        whole = [(part.files[0], part.size) for part in parts if part.size]
        yield _Item(
            name,
            kind,
            sum(part.size for part in parts),
            first.head,
            None if faults else Contents.posted(whole),
            files,
            faults,
            found.missing,
        )


def _main(items: Sequence[_Item], rules: Rules) -> Steps[list[_Item]]:
    """What the release is about."""
    main, samples = [], 0
    for item in items:
        if item.on_disc:
            main.append(item)
            yield
            continue
        if item.archive or item.kind in _NEVER_MAIN:
            continue
        if (item.size or item.faults) and (item.film or rules.allows(_shown_as(item))):
            main.append(item)
            samples += rules.filter_samples and sample(item.name, item.size)
            yield
    if not samples:
        return main
    if not any(item.archive for item in items):
        kept = set(without_samples([(item.name, item.size) for item in main]))
        return [item for item in main if item.on_disc or (item.name, item.size) in kept]
    # The film is in the archive.
    return [item for item in main if item.on_disc or not sample(item.name, item.size)]


def _shown_as(item: _Item) -> str:
    """The name that tells what it is, right or with the extension of its first bytes."""
    return leaf_of(with_right_extension(item.leaf, item.head))


def _is_companion(item: _Item, rules: Rules) -> bool:
    return (
        item.kind is Kind.SUBTITLE_OR_SIDECAR
        and not item.on_disc
        and item.size > 0
        and (extension_of(item.name) in COMPANIONS or rules.allows(item.leaf))
    )


def _renamed(
    main: Sequence[_Item], beside: Sequence[_Item], title: str, rules: Rules
) -> Steps[dict[int, str]]:
    """New paths, by the identities of items.

    The only file that there is to see takes a new name, and what goes with it follows; where
    there are several, those get their extension that lack it, and films whose discs have but a
    number get the title before that.
    """
    if len(main) != 1 or main[0].on_disc:
        several: dict[int, str] = {}
        for item in main:
            shown = _shown_as(item)
            if item.film and _NUMBERED_DISC.match(shown):
                shown = f"{title} - {shown}"
            if not item.on_disc and shown != item.leaf:
                several[id(item)] = f"{item.path[: len(item.path) - len(item.leaf)]}{shown}"
            yield
        return several
    [only] = main
    known = Candidates(subject=only.leaf, release=title, head=only.head, alone=True)
    name = leaf_of(choose_name(known, rename_to_nzb_name=rules.rename_to_nzb_name))
    old, new = split_extension(only.leaf)[0], split_extension(name)[0]
    following = {
        id(item): new + item.leaf[len(old) :]
        for item in beside
        if item.leaf.casefold().startswith(old.casefold() + ".")
    }
    return {id(only): name, **following}


def _refuse_obstructed(items: Sequence[_Item], main: Sequence[_Item]) -> None:
    """No half of a release is ever shown.

    That is so if a film of it cannot be had, or an archive cannot be opened that may have one.
    """
    wanted = {id(item) for item in main}
    enough = min((item.size for item in main if not item.obstacle), default=0)
    refuse_obstructed(
        [
            (item.name, item.size, item.obstacle)
            for item in items
            if item.obstacle is not None
            and (
                id(item) in wanted
                or (item.size >= enough and (item.archive or _says_nothing(item.leaf)))
            )
        ]
    )


def _refuse_nothing(items: Sequence[_Item], main: Sequence[_Item], rules: Rules) -> None:
    if main or any(_hides_what_it_is(item) for item in items):
        return
    if all(item.kind is Kind.PAR2 for item in items):
        raise Refusal(
            Reason.NO_MEDIA,
            "this post has PAR2 files only, which repair other files; get a whole post",
        )
    found = Counter(extension_of(item.name) or "none" for item in items)
    listing = ", ".join(extension for extension, _ in found.most_common(_MANY))
    allowed = ", ".join(sorted(rules.allowed_extensions)) or "all that are not empty"
    raise Refusal(
        Reason.NO_MEDIA,
        f"nothing in this post may be shown; its extensions are {listing}, allowed are {allowed} "
        "(import.allowed_file_extensions in the settings)",
    )


def _refuse_cut(main: Sequence[_Item]) -> None:
    for item in main:
        if item.parts_missing:
            numbers = ", ".join(f".{number:03}" for number in item.parts_missing[:_MANY])
            raise Refusal(
                Reason.SPLIT_SET_INCOMPLETE,
                f"{item.leaf!r} was cut into parts, and {len(item.parts_missing)} of them are not "
                f"in this post ({numbers}); get a whole post",
            )


def _refuse_faulty(
    items: Sequence[_Item], main: Sequence[_Item], files: Sequence[MeasuredFile]
) -> None:
    """No half of a release is ever shown."""
    faulty = [item for item in main if item.faults]
    # What cannot be told may well be what was wanted, if it is as large as that.
    enough = min((item.size for item in main if not item.faults), default=0)
    faulty += [item for item in items if _hides_what_it_is(item) and item.size >= enough]
    faults = [fault for item in faulty for fault in item.faults]
    if not faults:
        return
    count, of = len(faults), sum(kind_of(file.posted.name) is not Kind.PAR2 for file in files)
    examples = _named(faulty)
    if any(fault.reason is Reason.ARTICLES_MISSING for fault in faults):
        raise Refusal(
            Reason.ARTICLES_MISSING,
            f"{count} of {of} files have articles that no provider has ({examples}); "
            "get another post, or add a provider that keeps articles longer",
        )
    if any(fault.reason is Reason.TOO_DAMAGED for fault in faults):
        raise Refusal(
            Reason.TOO_DAMAGED,
            f"more of {examples} is on no provider than can be played over; "
            "get another post, or add a provider that keeps articles longer",
        )
    lacking = [fault.shortfall for fault in faults if fault.shortfall]
    if lacking:
        listed = sum(shortfall.listed for shortfall in lacking)
        needed = sum(shortfall.needed for shortfall in lacking)
        raise Refusal(
            Reason.INCOMPLETE,
            f"the NZB lists {listed} of the {needed} articles of {examples}; "
            "get the NZB from another indexer, or another post",
        )
    raise Refusal(
        Reason.UNEVEN_PARTS,
        f"the parts of {examples} differ in size in a way that only reading all of them "
        "would tell, so nothing in it could be found; get another post",
    )


def _hides_what_it_is(item: _Item) -> bool:
    """Whether a file has a fault, and neither name nor bytes that tell what it is."""
    return bool(item.faults) and item.kind is Kind.OTHER and _says_nothing(item.leaf)


def _says_nothing(leaf: str) -> bool:
    return not extension_of(leaf) or (obfuscated(leaf) and not extension_of(leaf)[1:].isalpha())


def _named(items: Iterable[_Item]) -> str:
    names = [repr(safe_name(item.leaf)) for item in items]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 -- enough
    return ", ".join(names[:3]) + more
