"""What of a post is shown, and as what: the decisions of an import, without its fetching."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from altmount.aio.steps import Steps
from altmount.importer.kinds import Kind, kind_of
from altmount.importer.measured import Fault, MeasuredFile
from altmount.importer.naming import Candidates, choose_name
from altmount.importer.obfuscation import obfuscated
from altmount.importer.par2names import name_of, names_by_hash
from altmount.importer.refusals import Reason, Refusal
from altmount.importer.rules import Rules, extension_of, leaf_of
from altmount.importer.samples import sample, without_samples
from altmount.importer.splits import split_sets
from altmount.library.paths import safe_name, split_extension
from altmount.par2.parse import Par2File

COMPANIONS = frozenset({".srt", ".sub", ".idx", ".vtt", ".ass", ".ssa", ".nfo", ".jpg"})
"""Extensions of small files that are shown beside what is played, allowed or not."""

_ARCHIVES = frozenset({Kind.RAR, Kind.SEVEN_ZIP, Kind.ZIP})
_NEVER_MAIN = _ARCHIVES | {Kind.PAR2, Kind.NZB, Kind.SUBTITLE_OR_SIDECAR}
_MANY = 10
"""How many names or extensions a message lists at most."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A file that is to be in the library."""

    name: str
    """Fit to be part of a path."""

    files: tuple[int, ...]
    """The posted files that it is made of, in order, by their place in the NZB."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A posted file, or the parts of one that was cut."""

    name: str
    """As posted: hostile, with folders and all."""

    kind: Kind
    files: tuple[int, ...]
    size: int
    """In bytes; by the NZB's word where it could not be measured."""

    head: bytes
    faults: tuple[Fault, ...] = ()
    parts_missing: tuple[int, ...] = ()

    @property
    def leaf(self) -> str:
        return leaf_of(self.name)


def plan(
    files: Sequence[MeasuredFile], listed: Sequence[Par2File], title: str, rules: Rules
) -> Steps[tuple[Planned, ...]]:
    """Decide what is shown.

    Args:
        files: All files of the post.
        listed: What its PAR2 index says, as far as that was read.
        title: What the release is called.
        rules: The user's wishes.

    Raises:
        Refusal: Nothing can be shown, or only a part of what should be.
    """
    items = yield from _items(files, listed, title)
    yield
    main = yield from _main(items, rules)
    _refuse_archives(items, main)
    _refuse_nothing(items, main, rules)
    _refuse_cut(main)
    _refuse_faulty(items, main, files)
    yield
    beside = [item for item in items if _is_companion(item, rules) and not item.faults]
    shown = {item.files for item in (*main, *beside)}
    renamed = _renamed(main, beside, title, rules)
    planned = []
    for item in items:
        if item.files in shown:
            planned.append(Planned(safe_name(renamed.get(item.files, item.leaf)), item.files))
            yield
    return tuple(planned)


def _items(
    files: Sequence[MeasuredFile], listed: Sequence[Par2File], title: str
) -> Steps[list[_Item]]:
    """The posted files under their best names; those that were cut are joined."""
    by_hash = names_by_hash(listed)
    single: list[_Item] = []
    for index, file in enumerate(files):
        known = Candidates(
            par2=name_of(file, by_hash),
            subject=file.posted.name,
            yenc=file.yenc_name,
            release=title,
            head=file.head,
        )
        name = choose_name(known)
        size = file.size if file.parts else file.size or file.encoded_size
        faults = (file.fault,) if file.fault else ()
        kind = kind_of(name, file.head)
        single.append(_Item(name, kind, (index,), size, file.head, faults))
        yield
    joined: dict[int, _Item] = {}
    parts: set[int] = set()
    for item in _joined(single):
        if item.files:
            joined[item.files[0]] = item
            parts.update(item.files)
    return [
        joined.get(index, item)
        for index, item in enumerate(single)
        if index in joined or index not in parts
    ]


def _joined(single: Sequence[_Item]) -> Iterator[_Item]:
    by_name = {item.name: item for item in reversed(single) if item.kind is Kind.SPLIT}
    starts_archive = {item.name: item for item in reversed(single) if item.kind in _ARCHIVES}
    names = [item.name for item in single if item.name in by_name or item.name in starts_archive]
    for found in split_sets(dict.fromkeys(names)):
        parts = [by_name.get(name) or starts_archive[name] for name in found.parts]
        if all(part.kind in _ARCHIVES for part in parts):
            continue
        first = parts[0]
        name = choose_name(Candidates(subject=found.name, head=first.head))
        kind = first.kind if first.kind in _ARCHIVES else kind_of(name, first.head)
        yield _Item(
            name,
            kind,
            tuple(part.files[0] for part in parts if part.size),
            sum(part.size for part in parts),
            first.head,
            tuple(fault for part in parts for fault in part.faults),
            found.missing,
        )


def _main(items: Sequence[_Item], rules: Rules) -> Steps[list[_Item]]:
    """What the release is about."""
    main, samples = [], set()
    for item in items:
        if item.kind not in _NEVER_MAIN and (item.size or item.faults) and rules.allows(item.leaf):
            main.append(item)
            if rules.filter_samples and sample(item.name, item.size):
                samples.add(item.files)
            yield
    if not samples:
        return main
    if not any(item.kind in _ARCHIVES for item in items):
        kept = set(without_samples([(item.name, item.size) for item in main]))
        return [item for item in main if (item.name, item.size) in kept]
    return [item for item in main if item.files not in samples]  # the film is in the archives


def _is_companion(item: _Item, rules: Rules) -> bool:
    return (
        item.kind is Kind.SUBTITLE_OR_SIDECAR
        and item.size > 0
        and (extension_of(item.name) in COMPANIONS or rules.allows(item.leaf))
    )


def _renamed(
    main: Sequence[_Item], beside: Sequence[_Item], title: str, rules: Rules
) -> dict[tuple[int, ...], str]:
    """New names where one file is all there is to see: its own, and of what goes with it."""
    if len(main) != 1:
        return {}
    [only] = main
    known = Candidates(subject=only.leaf, release=title, head=only.head, alone=True)
    name = leaf_of(choose_name(known, rename_to_nzb_name=rules.rename_to_nzb_name))
    old, new = split_extension(only.leaf)[0], split_extension(name)[0]
    following = {
        item.files: new + item.leaf[len(old) :]
        for item in beside
        if item.leaf.casefold().startswith(old.casefold() + ".")
    }
    return {only.files: name, **following}


def _refuse_archives(items: Sequence[_Item], main: Sequence[_Item]) -> None:
    archives = [item for item in items if item.kind in _ARCHIVES]
    plain = sum(item.size for item in main)
    if archives and sum(item.size for item in archives) > plain:
        kinds = " and ".join(sorted({item.kind.value for item in archives}))
        raise Refusal(
            Reason.ARCHIVES_UNSUPPORTED,
            f"what this post holds is inside archives ({kinds}, {_counted(archives)}), and this "
            "version opens none; get a post of the plain file",
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


def _counted(items: Sequence[_Item]) -> str:
    count = sum(len(item.files) for item in items)
    return "1 file" if count == 1 else f"{count} files"
