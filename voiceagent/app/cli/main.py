"""The command line: each command's module is loaded when it is asked for.

All of them together take three seconds of a processor to load; who asks for help, or for one of
them, does not wait for the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

import typer

from voiceagent.app.cli.clone import COMMANDS as CLONE_COMMANDS
from voiceagent.app.cli.failures import command
from voiceagent.app.cli.options import notices

PANEL: Final = "From a clone, through ./run"
_HERE: Final = "voiceagent.app.cli"
_COMPLETES: Final = "_VOICEAGENT_COMPLETE"
"""Set by the shell functions that `--install-completion` writes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command.

    Attributes:
        name: by which it is asked for; also that of the function.
        module: where that function is.
        line: what it does, as the list of commands says it; the first line of its docstring.
    """

    name: str
    module: str
    line: str

    def add_to(self, app: typer.Typer) -> None:
        """Load it."""
        found = getattr(import_module(f"{_HERE}.{self.module}"), self.name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=self.name)
        else:
            app.command()(command(found))


ENTRIES: Final = (
    Entry(
        "demo",
        "calls",
        "Start the engine, phone it with the recorded reference call, and show what came of it.",
    ),
    Entry(
        "call",
        "calls",
        "Phone the engine with recordings, each played when the agent has fallen silent.",
    ),
    Entry(
        "chat", "dialogue", "Talk to the agent in writing, with the same tools as on the telephone."
    ),
    Entry("serve", "system", "Answer calls until stopped. SIGTERM lets live calls finish."),
    Entry(
        "transcribe",
        "speech",
        "Recognise recordings with the recogniser that calls use (STT_PROVIDER).",
    ),
    Entry(
        "say",
        "speech",
        "Speak a text with the voice that calls use (TTS_PROVIDER), as a caller would hear it.",
    ),
    Entry("loadtest", "load", "Replay recorded calls, many at once, and judge what came of it."),
    Entry(
        "simulate",
        "simulate",
        "Let simulated callers talk to the house policy in writing, and judge what came of it.",
    ),
    Entry(
        "replay",
        "replay",
        "Run a recorded call again offline, and print where it decides otherwise.",
    ),
    Entry(
        "doctor",
        "system",
        "Say what each part uses, try it once, and say what is wrong and what to do about it.",
    ),
    Entry("backup", "keeping", "Write the whole database into one file, while calls go on."),
    Entry(
        "restore",
        "keeping",
        "Bring the database to what a backup holds. No server may be running on it.",
    ),
    Entry(
        "export",
        "keeping",
        "Hand out all that is kept of a customer, as JSON: the rows of every table, by table.",
    ),
    Entry(
        "forget",
        "keeping",
        "Erase a customer: who they are and what they said, in tables, recordings and incidents.",
    ),
    Entry("token", "tokens", "API tokens of other systems."),
    Entry("db", "system", "The database."),
)


def commands(asked: str | None) -> typer.Typer:
    """The command line.

    Args:
        asked: the one command that is loaded, of the others there is the line alone; ``None`` loads
            all.
    """
    app = typer.Typer(
        name="voiceagent",
        help="A voice engine for business phone lines: it answers, quotes, books and hands over.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    for entry in ENTRIES:
        if asked is None or asked == entry.name:
            entry.add_to(app)
        else:
            app.command(entry.name, help=entry.line)(_not_asked_for)
    for name, line in CLONE_COMMANDS:
        app.command(name, help=line, rich_help_panel=PANEL)(_through_run(name))
    return app


def _not_asked_for() -> None:
    """Stands in the list for what was not loaded."""


def _through_run(name: str) -> Callable[[], None]:
    def only_there() -> None:
        notices().print(f"This runs from a clone: ./run {name}", markup=False)
        raise typer.Exit(2)

    return only_there


def asked_for(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> str | None:
    """Which command these are for: the first that is no option, "" for the list of all.

    ``None``, any of them, for a shell that completes: it asks without arguments, for the options of
    any command.
    """
    if _COMPLETES in environment:
        return None
    return next((word for word in arguments if not word.startswith("-")), "")
