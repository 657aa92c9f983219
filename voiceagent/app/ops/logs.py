"""Log lines: one per event, with a stable code in front, never with personal data or secrets.

pipecat logs through loguru and, at DEBUG, whole conversations; so the level is INFO and its own
modules speak from WARNING on. `diagnose` stays off: it would print the values of local variables.
Nothing of ours puts a secret into a message; `Veil` is the second line of defence, for what a
library or a traceback quotes.
"""

from __future__ import annotations

import inspect
import json
import logging
import math
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Final

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError
from loguru import logger

if TYPE_CHECKING:
    from loguru import Message, Record

HIDDEN: Final = "***"
_USER_INFO: Final = re.compile(
    r"(?P<scheme>\b[a-z][a-z0-9+.-]*://[^\s:/@]*):[^\s/]*@", re.IGNORECASE
)
"""A URL's ``user:password@``, whoever's it is."""

MALFORMED_EVERY_S: Final = 1.0
"""Between two lines about such requests: whoever floods us does not write the log."""

HTTP_SERVER: Final = "aiohttp.server"
NOT_HTTP: Final = (HttpProcessingError, RequestPayloadError)
"""What aiohttp raises over a head, and over a body that nobody has asked for."""

_LINE: Final = "{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level} {name} {message}"
_CODE: Final = re.compile(r"[a-z_]+(?:\.[a-z_0-9]+)+(?=:|$)", re.ASCII)

MORE: Final = "DEBUG"
"""What is said when somebody asks for more."""

_SHORTEST: Final = 4
"""Shorter secrets are left alone: they would be found in every other word."""


class Veil:
    """Blanks secrets out of text.

    Args:
        secrets: texts that must not be seen, as they are; longer ones are blanked first.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        worth = {
            text for one in secrets for text in (one, repr(one)[1:-1]) if len(text) >= _SHORTEST
        }
        parts = [re.escape(text) for text in sorted(worth, key=len, reverse=True)]
        self._secrets = re.compile("|".join(parts)) if parts else None

    def over(self, text: str) -> str:
        """The text without the secrets and without any URL's password."""
        if self._secrets is not None:
            text = self._secrets.sub(HIDDEN, text)
        return _USER_INFO.sub(rf"\g<scheme>:{HIDDEN}@", text)


class LogLevel:
    """The lowest level of our own lines, which may be changed while calls go on.

    Args:
        write: takes a finished line.
        level: at first.
        as_json: a line is one JSON object.
    """

    def __init__(self, write: Callable[[str], object], level: str, *, as_json: bool) -> None:
        self._write = write
        self._as_json = as_json
        self._first = level
        self._sink: int | None = None
        self.set(level)

    def set(self, level: str) -> None:
        """Change it; what is said meanwhile in other threads is lost."""
        if self._sink is not None:
            logger.remove(self._sink)
        self.level = level
        self._sink = logger.add(
            self._json if self._as_json else self._text,
            level=level,
            format="{message}" if self._as_json else _LINE,
            filter=_worth_a_line,
            backtrace=False,
            diagnose=False,
        )

    def turn(self) -> str:
        """Say more, or as little as at first; the level that holds now."""
        self.set(MORE if self.level != MORE else self._first)
        return self.level

    def _text(self, message: Message) -> None:
        self._write(message)

    def _json(self, message: Message) -> None:
        self._write(json_line(message.record, str(message)) + "\n")


def json_line(record: Record, text: str) -> str:
    """A record as one JSON object: `code` is what stands in front of the message.

    Args:
        record: loguru's.
        text: its message, and the traceback below it when there is one.
    """
    message = str(record["message"])
    code = _CODE.match(message)
    found = {
        "time": record["time"].astimezone(UTC).isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        "code": "" if code is None else code[0],
        "name": record["name"],
        "message": message,
    }
    if trace := text.removeprefix(message).strip():
        found["traceback"] = trace
    # What a call's lines are found by, and its trace (`voiceagent.ports.tracing`).
    found |= {name: str(value) for name, value in record["extra"].items()}
    return json.dumps(found, ensure_ascii=False)


def set_up_logs(level: str, secrets: Iterable[str] = (), *, as_json: bool = False) -> LogLevel:
    """Send everything to standard error, the standard library's loggers and tracebacks included.

    Args:
        level: lowest level of our own lines, e.g. ``INFO``.
        secrets: texts that are blanked out wherever they turn up.
        as_json: a line is one JSON object.

    Returns:
        what changes the level later.
    """
    veil = Veil(secrets)

    def write(line: str) -> None:
        sys.stderr.write(veil.over(line))

    logger.remove()
    found = LogLevel(write, level.upper(), as_json=as_json)
    logging.basicConfig(handlers=[_ToLoguru()], level=logging.WARNING, force=True)
    veil_tracebacks(veil)
    return found


def veil_tracebacks(veil: Veil) -> None:
    """Blank secrets out of the tracebacks of exceptions that nobody caught."""

    def hook(
        kind: type[BaseException], error: BaseException | None, at: TracebackType | None
    ) -> None:
        sys.stderr.write(veil.over("".join(traceback.format_exception(kind, error, at))))

    def thread_hook(arguments: threading.ExceptHookArgs) -> None:
        hook(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    sys.excepthook = hook
    threading.excepthook = thread_hook


def _worth_a_line(record: object) -> bool:
    name = str(record["name"] or "")  # type: ignore[index]
    number = record["level"].no  # type: ignore[index]
    return number >= logging.WARNING or not name.startswith("pipecat")


class _MalformedRequests:
    """One line for what strangers send in place of HTTP, and not one for each of them."""

    def __init__(self) -> None:
        self._dropped = 0
        self._told_at_s = -math.inf

    def tell(self, record: logging.LogRecord, error: BaseException, depth: int) -> None:
        """Write a line, unless the last one was written just now."""
        if record.created - self._told_at_s < MALFORMED_EVERY_S:
            self._dropped += 1
            return
        dropped, self._dropped, self._told_at_s = self._dropped, 0, record.created
        status = HTTPStatus.BAD_REQUEST
        if isinstance(error, HttpProcessingError):
            status = HTTPStatus(error.code)
        kind = type(error).__name__
        logger.opt(depth=depth + 1).warning(
            "http.malformed: {:d} {}; {} more since the last line", status, kind, dropped
        )


class _ToLoguru(logging.Handler):
    """Hands the standard library's records to loguru."""

    def __init__(self) -> None:
        super().__init__()
        self._malformed = _MalformedRequests()

    def emit(self, record: logging.LogRecord) -> None:
        frame, depth = inspect.currentframe(), 0
        while frame and (depth == 0 or frame.f_code.co_filename == logging.__file__):
            frame, depth = frame.f_back, depth + 1
        error = record.exc_info[1] if record.exc_info else None
        if record.name == HTTP_SERVER and isinstance(error, NOT_HTTP):
            self._malformed.tell(record, error, depth)
            return
        message, trace = record.getMessage(), record.exc_info
        if trace and record.levelno < logging.ERROR:  # what a library copes with is one line
            message, trace = f"{message}: {getattr(trace[0], '__name__', 'error')}", None
        logger.opt(depth=depth, exception=trace).log(record.levelname, "{}", message)
