"""Links into the library, as the settings want them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from altmount.auth.secretfile import derived, secret_of
from altmount.config.settings import Settings
from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.db.links import LinkRepository
from altmount.errors import InvalidRequestError
from altmount.importer.pipeline import Finish
from altmount.jobs import Job
from altmount.library.library import Library
from altmount.library.paths import VirtualPath
from altmount.links.folder import LinkFolder
from altmount.links.keeper import Keeper
from altmount.links.wanted import (
    Kind,
    Strategy,
    base_url_of,
    kind_of,
    leads_as_named,
    leads_into,
    plays_from_here,
    stream_url,
)
from altmount.signing import Signer

logger = logging.getLogger(__name__)


async def keeper_of(settings: Settings, database: Database, library: Library) -> Keeper | None:
    """What keeps links: those that the settings want, or those that stand from before.

    Where none are wanted any more, those that stand still follow their files, so that none is
    left pointing at nothing.

    Raises:
        InvalidRequestError: The settings do not say where, or to what.
        SecretError: What addresses are signed with cannot be read or written.
        DatabaseUnavailableError: It is not known which stand.
    """
    made, wanted = LinkRepository(database), settings.importing
    if wants_links(settings):
        return _keeper(settings, made, library, Kind(wanted.import_strategy.lower()))
    stand = kind_of(link.path for link in (await made.all()).values())
    if stand is None or wanted.import_dir is None:
        return None
    try:
        return _keeper(settings, made, library, stand)
    except InvalidRequestError as error:
        logger.warning("links of before are left as they are: %s", error)
        return None


def wants_links(settings: Settings) -> bool:
    """Whether imports are to be linked."""
    return settings.importing.import_strategy != "NONE"


def _keeper(settings: Settings, made: LinkRepository, library: Library, kind: Kind) -> Keeper:
    wanted = settings.importing
    if wanted.import_dir is None:
        raise InvalidRequestError(
            f"import.import_strategy is {wanted.import_strategy}, and import.import_dir is empty;"
            " set it to the folder that the links are to be in"
        )
    mount_path = mount_of(settings)
    if kind is Kind.SYMLINK and not mount_path.startswith("/"):
        raise InvalidRequestError(
            "import.import_strategy makes symlinks, and mount_path is no absolute path; set it to"
            " the folder at which the library is mounted"
        )
    url_of = _addresses(settings) if kind is Kind.STRM else None
    strategy = Strategy(kind, mount_path, url_of, wanted.link_windows_names)

    def ours(found: Kind, text: str) -> bool:
        return plays_from_here(text) if found is Kind.STRM else leads_into(text, mount_path)

    keeper = Keeper(
        strategy,
        LinkFolder(wanted.import_dir, ours, leads_as_named),
        made,
        library,
    )
    library.tell(keeper.look)
    return keeper


def linking(keeper: Keeper, jobs: JobRepository) -> Finish:
    """What makes the links of a job's files, and then completes the job."""

    async def link(job: Job, folder: VirtualPath) -> None:
        await keeper.make(folder)
        await jobs.end(job.id)

    return link


def mount_of(settings: Settings) -> str:
    """The folder that the library is mounted at, without a last slash."""
    return settings.mount_path.rstrip("/")


def signer_of(secret: bytes) -> Signer:
    """What signs links, by the secret of the installation."""
    return Signer(derived(secret, "links"))


def _addresses(settings: Settings) -> Callable[[str, str], str]:
    signer = signer_of(secret_of(settings.metadata.root_path / "secret"))
    base = base_url_of(
        settings.webdav.host,
        settings.webdav.port,
        base_path=settings.reverse_proxy.base_path,
    )
    return lambda path, file_id: stream_url(base, signer.sign_lasting(path, file_id).query)
