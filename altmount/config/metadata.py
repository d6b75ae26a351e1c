"""Settings of the place where releases are described."""

from __future__ import annotations

from pathlib import Path

from altmount.config.section import FilePath, Section


class MetadataSettings(Section):
    """The section `metadata`."""

    root_path: FilePath = Path("metadata")
    """Folder of the descriptions. With them the library can be built again from nothing else."""
