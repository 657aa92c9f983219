"""The command line."""

from __future__ import annotations

import typer

from voiceagent.cli import calls, dialogue, speech, system

app = typer.Typer(
    name="voiceagent",
    help="A voice engine for business phone lines: it answers, quotes, books and hands over.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command()(calls.demo)
app.command()(calls.call)
app.command()(dialogue.chat)
app.command()(system.serve)
app.command()(speech.transcribe)
app.command()(speech.say)
app.command()(system.doctor)
app.add_typer(system.db, name="db")
