"""A log line begins with a stable code, ``area.reason``, and tells nothing of the caller.

What may be formatted into a line is an allow-list of kinds, by the last name of the argument:
codes, states, numbers, our own files and processes. A caller's words, name, number or address are
no such kind, and neither is any other text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("voiceagent", "pipelines", "telephony", "tools", "channels", "connectors")
LOGGERS = {"logger", "_log", "log", "logging", "_logger"}
LEVELS = {"info", "warning", "error", "exception", "critical"}
CODE = re.compile(r"[a-z_]+\.[a-z_]+(: |$)")

ALLOWED: Final = {
    "code": "an error's own stable code",
    "error_code": "the same",
    "message": "of an error of ours, beside its code; free of personal data (`Watch.warn`)",
    "state": "PostgreSQL's SQLSTATE",
    "__name__": "the class of an error",
    "status": "an enum of the carrier",
    "error": "the operating system's, the carrier's or a tool's of ours; never a caller's words",
    "problems[-1]": "what is wrong with an outside package",
    "exceptions[0]": "a `VoiceAgentError`",
    "exception()": "of a connection",
    "fault": "an enum",
    "kind": "an enum",
    "reason": "an enum",
    "failed": "a provider's name",
    "to": "the same",
    "act": "an enum",
    "event": "an enum",
    "stage": "an enum",
    "outcome": "an enum",
    "end": "an enum",
    "line_end": "an enum",
    "business": "the version of a business file",
    "version": "the same",
    "name": "of a tool, a model, an account of the system or a helper; see NAMES_OF_THINGS",
    "_name": "of a helper process",
    "NAME": "an account of the system",
    "lower()": "the name of a step of the load ladder",
    "folder": "a path of this installation",
    "url": "our own address",
    "tail": "of PostgreSQL's own log, when it does not start",
    "worker": "a number",
    "returncode": "a number",
    "swept": "a number",
    "dropped": "a number",
    "p95": "a number",
    "calls": "a number",
    "tick_faults": "a number",
    "lag_ms": "a number",
    "MAJOR_VERSION": "a number",
    "count": "a number",
    "live": "a number",
    "level": "of the log, an enum",
    "strerror": "the operating system's words for an error, without the file",
    "row['id']": "the number of a row of the outbox",
    "row['kind']": "what kind of row it is",
}
"""Last name of an argument -> what it is."""

NAMES_OF_THINGS: Final = {"name", "outcome.name"}
"""Arguments called a name that are not a person's."""


def lines_of(path: Path) -> Iterator[ast.Call]:
    """Calls of a logger, also of one with options."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in LEVELS:
            continue
        base = node.func.value
        if isinstance(base, ast.Call) and isinstance(base.func, ast.Attribute):
            base = base.func.value  # logger.opt(...).error
        if isinstance(base, ast.Name) and base.id in LOGGERS:
            yield node


def wrong_with(call: ast.Call) -> list[str]:
    """What a line must not do."""
    if not call.args or not isinstance(call.args[0], ast.Constant):
        return ["its text is no literal"]
    text, arguments = str(call.args[0].value), call.args[1:]
    found = []
    by_code = text.startswith("{}: ") and ast.unparse(arguments[0]).endswith(".code")
    if not by_code and not CODE.match(text):
        found.append(f"{text!r} does not begin with a code")
    for argument in arguments:
        written = ast.unparse(argument)
        last = written if written in ALLOWED else written.rpartition(".")[2]
        if last not in ALLOWED or (last == "name" and written not in NAMES_OF_THINGS):
            found.append(f"{written} may be personal")
    if call.keywords and any(word.arg != "exc_info" for word in call.keywords):
        found.append("it formats keywords")
    return found


def modules() -> list[Path]:
    paths = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return [path for path in paths if any(lines_of(path))]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_lines_begin_with_a_code_and_tell_nothing_of_the_caller(path: Path) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {what}"
        for call in lines_of(path)
        for what in wrong_with(call)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "line",
    [
        'logger.warning("The outbox rests")',
        'logger.warning(f"outbox.rests: {code}")',
        'logger.warning("outbox.rests: {}", turn.text)',
        'logger.warning("outbox.rests: {}", call.from_number)',
        'logger.warning("outbox.rests: {}", customer.name)',
        'logger.error("outbox.rests", name=1)',
        'logger.opt(exception=error).error("Failed")',
        '_log.error("Failed", exc_info=error)',
        'logger.warning("{}: {}", text, error)',
    ],
)
def test_the_check_can_fail(line: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(line)
    (call,) = lines_of(path)
    assert wrong_with(call)
