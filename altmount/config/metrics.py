"""Settings of what is measured."""

from __future__ import annotations

from altmount.config.section import Section


class MetricsSettings(Section):
    """The section `metrics`."""

    open: bool = False
    """Whether `/metrics` is answered without a login. It tells hosts and names of providers and
    how busy they are, and no secret."""
