"""Log lines: one per event, with a stable code in front, never with personal data.

pipecat logs through loguru and, at DEBUG, whole conversations; so the level is INFO and its own
modules speak from WARNING on. `diagnose` stays off: it would print the values of local variables.
"""

from __future__ import annotations

import inspect
import logging
import sys

from loguru import logger


def set_up_logs(level: str) -> None:
    """Send everything to standard error; the standard library's loggers included.

    Args:
        level: lowest level of our own lines, e.g. ``INFO``.
    """
    logger.remove()
    logger.add(
        sys.stderr,
        level=level.upper(),
        format="{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level} {name} {message}",
        filter=_worth_a_line,
        backtrace=False,
        diagnose=False,
    )
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING, force=True)


def _worth_a_line(record: object) -> bool:
    name = str(record["name"] or "")  # type: ignore[index]
    number = record["level"].no  # type: ignore[index]
    return number >= logging.WARNING or not name.startswith("pipecat")


class _ToLoguru(logging.Handler):
    """Hands the standard library's records to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        frame, depth = inspect.currentframe(), 0
        while frame and (depth == 0 or frame.f_code.co_filename == logging.__file__):
            frame, depth = frame.f_back, depth + 1
        logger.opt(depth=depth, exception=record.exc_info).log(
            record.levelname, record.getMessage()
        )
