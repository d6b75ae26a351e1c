"""Settings of the import."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from altmount.config.section import Allowed, OptionalFilePath, Section, ZeroMeansDefault

_EXTENSION = re.compile(r"[^\s/\\.][^\s/\\]{0,31}")


def _extension(text: str) -> str:
    name = text.strip().lower().removeprefix(".")
    if not _EXTENSION.fullmatch(name):
        raise ValueError("no extension")
    return f".{name}"


Extension = Annotated[str, AfterValidator(_extension)]
"""The end of a file name, lower-case and with its dot."""


def _policy(text: str) -> str:
    return "strict" if text.strip().lower() == "strict" else "tolerant"


DamagePolicy = Annotated[
    str, AfterValidator(_policy), Allowed("`tolerant` or `strict`; anything else is `tolerant`")
]

_MEDIA = (
    *(".mkv", ".mp4", ".avi", ".ts", ".m4v", ".mov", ".wmv", ".mpg", ".mpeg", ".xvid", ".rm"),
    *(".rmvb", ".asf", ".asx", ".wtv", ".mk3d", ".dvr-ms", ".mp3", ".flac", ".m4a"),
    *(".epub", ".pdf", ".cbz"),
)


class ImportSettings(Section):
    """The section `import`."""

    watch_dir: OptionalFilePath = None
    """Folder in which NZB files are looked for; none if empty."""

    watch_interval_seconds: Annotated[int, Field(ge=1, le=86_400)] = 10
    """How long to wait between two looks at that folder."""

    import_strategy: Literal["NONE", "SYMLINK", "STRM"] = "NONE"
    """What stands for imported files in `import_dir`: nothing, symlinks into the mount at
    `mount_path`, or `.strm` files with the address that a file is played from, which begins with
    `webdav.host`. What is in `import_dir` besides is let be."""

    import_dir: OptionalFilePath = None
    """Folder of these links, laid out as the library is. It must be there."""

    link_windows_names: bool = False
    """Whether links get names that Windows can have, too."""

    allowed_file_extensions: Annotated[
        tuple[Extension, ...], Allowed("a list of extensions such as `.mkv`")
    ] = _MEDIA
    """Files with other extensions are left out of the library; an empty list lets all in."""

    filter_sample_files: bool = True
    """Whether samples and proofs are left out of the library."""

    rename_to_nzb_name: bool = True
    """Whether the only file of a release is named after its NZB."""

    passwords: Annotated[tuple[SecretStr, ...], Allowed("a list of texts (secret)")] = ()
    """Passwords that are tried on encrypted archives, after those that come with an NZB."""

    allow_nested_rar_extraction: bool = True
    """Whether archives that lie in archives are opened, too."""

    expand_bluray_iso: bool = True
    """Whether images of discs are opened, and Blu-rays and DVDs are shown as `disc_view` says. If
    not, images are files like others: add `.iso` to `allowed_file_extensions` to see them."""

    disc_view: Literal["film", "tree"] = "film"
    """What is shown of a Blu-ray or a DVD, whether it lies in an image or in an archive: its main
    film (`film`), or all its files, whatever their extensions (`tree`), for players that play
    discs with their menus."""

    iso_analyze_timeout_seconds: Annotated[int, Field(ge=1, le=86_400), ZeroMeansDefault()] = 120
    """How long it may take to learn what is in the image of a disc, and which is its film. A post
    that takes longer is refused."""

    segment_sample_percentage: Annotated[int, Field(ge=1, le=100)] = 1
    """How many of a post's articles are asked after before it is shown, in percent: five at least,
    and 55 at most unless it is 100; besides the first, the middle and the last of each file."""

    damage_policy: DamagePolicy = "tolerant"
    """Whether a film (mkv, mp4, m4v, mov, webm) that lacks little is shown as degraded, with zeros
    in place of what is missing (`tolerant`), or refused (`strict`). Little is at most 64 articles,
    four in a row, and 2 % of its bytes."""

    max_processor_workers: Annotated[int, Field(ge=1, le=64)] = 2
    """How many imports run at once."""

    max_concurrent_imports: Annotated[
        int, Field(le=64), Allowed("up to 64; 0 for no such limit")
    ] = 0
    """How many imports run at once at the most, besides `max_processor_workers`: the lower of the
    two counts."""

    failed_item_retention_hours: Annotated[
        int, Field(le=876_000), Allowed("up to 876000; 0 for ever")
    ] = 720
    """How long a job is remembered that was refused or cancelled, with its NZB, in hours."""

    history_retention_days: Annotated[int, Field(le=36_500), Allowed("up to 36500; 0 for ever")] = (
        90
    )
    """How long a job is remembered that is completed, in days; its files stay."""

    duplicates: Literal["update", "refuse", "allow"] = "update"
    """What becomes of an NZB that was handed in before, by its contents, or by its name and its
    category. `update`: a job that waits takes it over, with the new priority; where none waits, it
    is a new job. `refuse`: it is refused while the one before waits, runs, or stands completed in
    the history. `allow`: it is a new job."""
