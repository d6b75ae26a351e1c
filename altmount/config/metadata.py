"""Settings of the place where releases are described."""

from __future__ import annotations

from pathlib import Path

from altmount.config.section import FilePath, Section


class MetadataSettings(Section):
    """The section `metadata`."""

    root_path: FilePath = Path("metadata")
    """Folder of the descriptions, of the journal, and of small files that clients wrote. The
    library can be built again from it and nothing else."""
