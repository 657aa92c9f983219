"""The console script ``voiceagent``, and ``python -m voiceagent``: the commands.

They take up to three seconds to load. Ctrl-C in that time ends the process as it does later, with
130 and without a traceback (`voiceagent.app.cli.failures`).
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

INTERRUPTED = 130


def _leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a handler of signals
    sys.exit(INTERRUPTED)


def main() -> None:
    """Load the commands and run the one that is asked for."""
    at_terminal = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if at_terminal:  # a shell's background job ignores it
        signal.signal(signal.SIGINT, _leave)
    from voiceagent.app.cli.main import asked_for, commands  # noqa: PLC0415 - see above

    app = commands(asked_for(sys.argv[1:]))
    if at_terminal:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    app(prog_name="voiceagent")


if __name__ == "__main__":
    main()
