"""Commands from outside: exit codes, one sentence, no traceback; Ctrl-C; one list of commands."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine, command_line
from tests.support.postgres import state_folder
from voiceagent.app.cli.clone import COMMANDS
from voiceagent.store.embedded import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[3]
VOICEAGENT = (sys.executable, "-m", "voiceagent")


@pytest.fixture(scope="module")
def commands() -> Iterator[CommandLine]:
    with command_line() as line:
        yield line


@pytest.mark.parametrize(
    ("arguments", "settings", "code"),
    [
        (["serve"], {"PORT": "abc"}, "settings.value: PORT"),
        (["serve"], {"MAX_CALLS": "0"}, "settings.value: MAX_CALLS: It must be at least 1."),
        (["serve"], {"MAX_CALLS": "0", "PRIVACY": "mine"},
         "settings.value: PRIVACY: Write 'any' or 'local'. MAX_CALLS: It must be at least 1."),
        (["serve"], {"LOG_LEVEL": "loud"}, "settings.value: LOG_LEVEL"),
        (["serve"], {"HOST": "999.1.1.1"}, "settings.value: HOST"),
        (["doctor", "--offline"], {"HOST": "999.1.1.1"}, "settings.value: HOST"),
        (["serve"], {"STT_PROVIDER": "ears"}, "deepgram-flux, whisper, pocketsphinx."),
        (["chat"], {"LLM_PROVIDER": "gpt"}, "provider.unknown: LLM_PROVIDER"),
        (["transcribe", "audio_fixtures/reference/slt/01.wav"], {"STT_PROVIDER": "ears"},
         "provider.unknown: STT_PROVIDER"),
        (["serve", "--now", "tonight"], {}, "settings.now"),
        (["chat", "--now", "2025-08-29T20:05:00"], {}, "settings.now"),
        (["chat", "--business", "/nowhere/x.toml"], {}, "business.unreadable"),
        (["chat", "--business", "/"], {}, "business.unreadable"),
        (["chat"], {"DATABASE_URL": "postgresql://u:hunter22@127.0.0.1:9/x"}, "database.connect"),
        (["chat"], {"VOICEAGENT_STATE": "/dev/null/x"}, "database.folder"),
        (["serve"], {"VOICEAGENT_STATE": "/dev/null/x"}, "settings.state"),
        (["say", "hello", "-o", "/nowhere/x.wav"], {}, "cannot be written"),
        (["say", "hello", "-o", "/"], {}, "cannot be written"),
        (["say", "", "-o", "x.wav"], {}, "nothing in it to say"),
        (["say", " \t\n ", "-o", "x.wav"], {}, "nothing in it to say"),
        (["say", "\x07\x1b[A", "-o", "x.wav"], {}, "nothing in it to say"),
        (["say", "... \u2014 \U0001f600", "-o", "x.wav"], {}, "nothing in it to say"),
        (["transcribe", "README.md"], {}, "no sound that can be read"),
        (["call", "--url", "http://127.0.0.1:9", "audio_fixtures/reference/slt/01.wav"], {},
         "call.url"),
        (["loadtest", "--url", "http://127.0.0.1:9"], {}, "call.url"),
        (["loadtest", "--url", "http://u:hunter22@127.0.0.1:9"], {}, "without a user and password"),
        (["call", "--url", "http://u:hunter22@127.0.0.1:9", "README.md"], {},
         "without a user and password"),
        (["call", "--url", "127.0.0.1:9", "README.md"], {}, "Write an address"),
        (["chat", "--from", "not a number"], {}, "E.164"),
        (["demo", "--core", "9999"], {}, "less than or equal to"),
        (["test"], {}, "./run test"),
    ],
    ids=str,
)  # fmt: skip
def test_what_the_owner_can_mend_is_one_sentence(
    arguments: list[str],
    settings: dict[str, str],
    code: str,
    commands: CommandLine,
    tmp_path: Path,
) -> None:
    done = commands.run(*arguments, state=tmp_path, **settings)
    said = " ".join((done.stderr + done.stdout).replace("│", " ").split())
    assert done.returncode == 2, said
    assert code in said
    assert "Traceback" not in said
    assert "hunter22" not in said


def test_a_port_in_use_is_said_before_anything_starts(
    commands: CommandLine, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = commands.run("serve", "--port", str(taken.getsockname()[1]), state=tmp_path)
    assert done.returncode == 2
    assert "serve.port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "postgres").exists()


def test_ctrl_c_in_chat_ends_it_at_once(postgres: EmbeddedPostgres, database: str) -> None:
    """On a terminal, while it waits for words: it used to hang in the reading thread."""
    child, terminal = pty.fork()
    if child == 0:
        # A shell's background job ignores it, and so do its children unless they say otherwise.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.chdir(ROOT)
        os.execve(sys.executable, [*VOICEAGENT, "chat"], os.environ | {"DATABASE_URL": database})
    said = b""
    try:
        until_s = time.monotonic() + 60
        while b"you: " not in said and time.monotonic() < until_s:
            if select.select([terminal], [], [], 1)[0]:
                said += os.read(terminal, 4096)
        os.write(terminal, b"\x03")
        asked_s = time.monotonic()
        while time.monotonic() < asked_s + 20:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                said += os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
        _, status = os.waitpid(child, 0)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    assert os.waitstatus_to_exitcode(status) == 130, said.decode()
    assert time.monotonic() - asked_s < 10
    assert b"Traceback" not in said


INTERRUPTED_WHILE_LOADING = """
import os, signal, sys
import voiceagent.__main__ as entrance

class Interrupts:
    def find_spec(self, name, *_):
        if name == "voiceagent.app.cli.main":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupts())
sys.argv = ["voiceagent", "say", "hello", "-o", "x.wav"]
entrance.main()
"""


def test_ctrl_c_while_the_commands_are_loading_is_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_LOADING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_database_that_stops_in_the_middle_of_a_chat_is_one_sentence() -> None:
    with state_folder() as state:
        server = EmbeddedPostgres(state, durable=False)
        server.start()
        name = server.create_database("chat_that_is_cut")
        with subprocess.Popen(
            [*VOICEAGENT, "chat"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": name, "VOICEAGENT_STATE": str(state)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as chat:
            assert chat.stdin is not None
            assert chat.stdout is not None
            assert chat.stdout.readline().startswith("agent: ")
            server.stop()
            said, problem = chat.communicate("my air conditioner is broken\nno gas\n", timeout=60)
    assert chat.returncode == 2, said + problem
    assert "Traceback" not in problem
    assert "store.unreachable" in problem


def test_the_script_and_the_help_have_one_list() -> None:
    script = (ROOT / "run").read_text()
    cases = re.findall(r"^([a-z-]+)\)$", script[script.index('case "${1:-}" in') :], re.MULTILINE)
    assert sorted(cases) == sorted(name for name, _ in COMMANDS)
    help_text = subprocess.run(
        [*VOICEAGENT, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in (*cases, "demo", "call", "chat", "serve", "transcribe", "say", "loadtest", "doctor",
                 "simulate", "db"):  # fmt: skip
        assert re.search(rf"│ {name} ", help_text), name
