"""Loggers whose lines carry fields."""

from __future__ import annotations

import logging

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter


def logger_of(module: str) -> BoundLogger:
    """The logger of a module, by its ``__name__``.

    A line is a sentence, the same each time, with what it is about as fields:
    ``log.warning("a connection was refused", provider=name, status=502)``. It goes through the
    standard library's logger of that name, and nothing global is configured for it.
    """
    logger: BoundLogger = structlog.wrap_logger(
        logging.getLogger(module),
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=BoundLogger,
    )
    return logger
