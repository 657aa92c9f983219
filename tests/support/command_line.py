"""The command line, run as a process of its own without loading all of it each time.

A process loads the commands once and then forks: each run has its own memory, environment and
output, and costs what the command does. ``python -m tests.support.command_line`` is that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class CommandLine:
    """Runs commands.

    Args:
        server: the process that forks.
        folder: for their output.
    """

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self._server = server
        self._folder = folder

    def run(
        self, *arguments: str, state: Path, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ``voiceagent ARGUMENTS`` in the clone; output and exit code."""
        out, err = self._folder / "out", self._folder / "err"
        environment = os.environ | {"VOICEAGENT_STATE": str(state)} | settings
        order = {
            "arguments": arguments,
            "environment": environment,
            "out": str(out),
            "err": str(err),
        }
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        return subprocess.CompletedProcess(
            arguments, code, out.read_text(errors="replace"), err.read_text(errors="replace")
        )


@contextmanager
def command_line() -> Iterator[CommandLine]:
    """One for a block."""
    with (
        tempfile.TemporaryDirectory(prefix="voiceagent-commands-") as folder,
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.command_line"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
    ):
        yield CommandLine(server, Path(folder))
        assert server.stdin is not None
        server.stdin.close()


def _become(order: dict[str, object]) -> None:
    """In the child: be the command."""
    from voiceagent.__main__ import main

    for number, name in ((1, "out"), (2, "err")):
        file = os.open(str(order[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    environment = order["environment"]
    arguments = order["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["voiceagent", *arguments]
    main()


def serve() -> None:
    """Fork for each line of standard input; the exit code is the answer."""
    from voiceagent.app.cli.main import commands

    commands(None)  # so that every child has them

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 - its own buffer
            _become(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve()
