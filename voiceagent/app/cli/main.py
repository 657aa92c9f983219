"""The command line."""

from __future__ import annotations

from collections.abc import Callable

import typer

from voiceagent.app.cli import (
    calls,
    dialogue,
    keeping,
    load,
    replay,
    simulate,
    speech,
    system,
)
from voiceagent.app.cli.clone import COMMANDS as CLONE_COMMANDS
from voiceagent.app.cli.failures import command
from voiceagent.app.cli.options import notices

PANEL = "From a clone, through ./run"

app = typer.Typer(
    name="voiceagent",
    help="A voice engine for business phone lines: it answers, quotes, books and hands over.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(command(calls.demo))
app.command()(command(calls.call))
app.command()(command(dialogue.chat))
app.command()(command(system.serve))
app.command()(command(speech.transcribe))
app.command()(command(speech.say))
app.command()(command(load.loadtest))
app.command()(command(simulate.simulate))
app.command()(command(replay.replay))
app.command()(command(system.doctor))
app.command()(command(keeping.backup))
app.command()(command(keeping.restore))
app.command()(command(keeping.forget))
app.add_typer(system.db, name="db")


def _through_run(name: str) -> Callable[[], None]:
    def only_there() -> None:
        notices().print(f"This runs from a clone: ./run {name}", markup=False)
        raise typer.Exit(2)

    return only_there


def main() -> None:
    """Run the command that is asked for (`voiceagent.__main__`)."""
    app(prog_name="voiceagent")


for _name, _line in CLONE_COMMANDS:
    app.command(_name, help=_line, rich_help_panel=PANEL)(_through_run(_name))
