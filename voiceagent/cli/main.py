"""The command line."""

from __future__ import annotations

import typer

from voiceagent.cli import calls, dialogue, speech, system
from voiceagent.cli.failures import command

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
app.command()(command(system.doctor))
app.add_typer(system.db, name="db")
