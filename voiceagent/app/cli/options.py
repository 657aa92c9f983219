"""Options that several commands share, and how they become settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from voiceagent.app.ops.logs import Veil, veil_tracebacks
from voiceagent.app.settings import Settings
from voiceagent.domain.phones import E164_SHAPE
from voiceagent.domain.setting_values import plain_address

DEMO_NOW = "2025-08-29T20:05:00-04:00"
"""Friday evening, after hours: when the reference call is made."""

BusinessFile = Annotated[
    Path | None,
    typer.Option("--business", help="Business file (TOML).", show_default="business/coolcare.toml"),
]
Now = Annotated[
    str | None,
    typer.Option("--now", help="Start the clock here, e.g. 2025-08-29T20:05:00-04:00."),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON object at the end and nothing else.")
]
Keep = Annotated[
    bool,
    typer.Option("--keep", help="Use the engine's own database instead of a fresh one."),
]


def _telephone_number(text: str) -> str:
    if not E164_SHAPE.fullmatch(text):
        raise typer.BadParameter("Write it like +15551230000 (E.164).")
    return text


def server_url(text: str) -> str:
    """The callback of an option: `plain_address`, told as the command line tells it."""
    try:
        return plain_address(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None


CallerNumber = Annotated[
    str,
    typer.Option(
        "--from",
        help="Number the caller calls from (E.164).",
        metavar="NUMBER",
        callback=_telephone_number,
    ),
]


def settings_from(
    business: Path | None = None, now: str | None = None, port: int | None = None
) -> Settings:
    """Settings of the environment, overridden by what was given on the command line.

    Raises:
        OwnerFixable: ``settings.*``.
    """
    given: dict[str, object] = {}
    if business is not None:
        given["business"] = business
    if now is not None:
        given["start_time"] = now
    if port is not None:
        given["port"] = port
    settings = Settings.read(given)
    veil_tracebacks(Veil(settings.secrets()))
    return settings


def terminal() -> Console:
    """Where people read; standard output, unless JSON has it."""
    return Console(highlight=False)


def notices() -> Console:
    """Where progress and errors go: standard error."""
    return Console(stderr=True, highlight=False)
