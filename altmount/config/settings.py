"""All settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from altmount.config.api import ApiSettings
from altmount.config.auth import AuthSettings
from altmount.config.database import DatabaseSettings
from altmount.config.importing import ImportSettings
from altmount.config.library import LibrarySettings
from altmount.config.log import LogSettings
from altmount.config.metadata import MetadataSettings
from altmount.config.metrics import MetricsSettings
from altmount.config.providers import Providers
from altmount.config.rclone import RcloneSettings
from altmount.config.reverseproxy import ReverseProxySettings
from altmount.config.sabnzbd import SabnzbdSettings
from altmount.config.section import Allowed, Section, one_line
from altmount.config.speedtest import SpeedTestSettings
from altmount.config.streaming import StreamingSettings
from altmount.config.webdav import WebdavSettings


class Settings(Section, BaseSettings):
    """The settings this program runs with, as :mod:`altmount.config.load` put them together."""

    model_config = SettingsConfigDict(env_prefix="ALTMOUNT_", env_nested_delimiter="__")

    webdav: WebdavSettings = WebdavSettings()
    """The port that everything is served on, and who may come in over WebDAV."""

    api: ApiSettings = ApiSettings()
    """The JSON API for scripts and for the user interface."""

    auth: AuthSettings = AuthSettings()
    """Who may use the API."""

    reverse_proxy: ReverseProxySettings = ReverseProxySettings()
    """What stands before this program, such as nginx, Caddy or Traefik."""

    providers: Providers = ()
    """The accounts with Usenet providers, in the order they are asked."""

    metadata: MetadataSettings = MetadataSettings()
    """Where the description of each imported release is kept."""

    database: DatabaseSettings = DatabaseSettings()
    """The index of the library, and the queue."""

    library: LibrarySettings = LibrarySettings()
    """What is kept of files that were removed."""

    streaming: StreamingSettings = StreamingSettings()
    """How files are read from Usenet while they are played."""

    importing: ImportSettings = Field(default=ImportSettings(), alias="import")
    """How NZB files become files of the library."""

    rclone: RcloneSettings = RcloneSettings()
    """What opens posts that rclone has encrypted."""

    sabnzbd: SabnzbdSettings = SabnzbdSettings()
    """In which folders of the library imports are put, and whether SABnzbd's API is answered."""

    mount_path: Annotated[
        str, AfterValidator(one_line), Allowed("a path such as `/mnt/usenet`, or empty")
    ] = ""
    """Where download clients find the library mounted; their paths begin with it."""

    speed_test: SpeedTestSettings = SpeedTestSettings()
    """How providers are tested."""

    metrics: MetricsSettings = MetricsSettings()
    """What is measured, for Prometheus."""

    log: LogSettings = LogSettings()
    """What is written down about what the program does. It goes to the console as well."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take nothing but what is handed over.

        The file and the environment are put together before, value by value, so that a
        variable can change one field of one provider and an error can name the variable.
        """
        return (init_settings,)
