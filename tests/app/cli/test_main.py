"""The list of commands: it says what each of them says, and only what is asked for is loaded."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from voiceagent.app.cli.main import ENTRIES, Entry, asked_for

LOADED = """
import sys
from voiceagent.app.cli.main import ENTRIES, commands
commands(sys.argv[1])
print(*sorted({one.module for one in ENTRIES if f"voiceagent.app.cli.{one.module}" in sys.modules}))
"""


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: one.name)
def test_the_list_says_what_the_command_says(entry: Entry) -> None:
    found = getattr(import_module(f"voiceagent.app.cli.{entry.module}"), entry.name)
    if isinstance(found, typer.Typer):
        assert found.info.help == entry.line
        return
    first, _, _ = (inspect.getdoc(found) or "").partition("\n\n")
    assert first.replace("\n", " ") == entry.line


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([], ""),
        (["--help"], ""),
        (["serve", "--port", "8100"], "serve"),
        (["--show-completion", "db", "stop"], "db"),
    ],
)
def test_what_is_asked_for(arguments: list[str], asked: str | None) -> None:
    assert asked_for(arguments, {}) == asked


def test_a_shell_that_completes_has_all_of_them() -> None:
    assert asked_for([], {"_VOICEAGENT_COMPLETE": "complete_bash"}) is None


@pytest.mark.parametrize(("asked", "loaded"), [("", ""), ("replay", "replay")])
def test_nothing_else_is_loaded(asked: str, loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, asked], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == loaded.split()
