"""A helper process that says it is ready, answers the first message of each stream, and then hangs.

``python -m tests.offline.mute``
"""

from __future__ import annotations

import sys

from pipelines.offline.messages import READY, HelperMessage, read_message, write_message


def main() -> None:
    """Until standard input ends."""
    write_message(sys.stdout.buffer, READY)
    answered: set[int] = set()
    while (message := read_message(sys.stdin.buffer)) is not None:
        if message.stream not in answered:
            answered.add(message.stream)
            write_message(sys.stdout.buffer, HelperMessage(1, message.stream))


if __name__ == "__main__":
    main()
