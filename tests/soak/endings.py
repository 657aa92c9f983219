"""Twelve ends of a call, each with each of eight parts stuck (goal R4).

    ./run soak-endings

One call on the real parts of a worker, in virtual time (`tests.support.endings`). For each of the
96 it says how long after the end the call was free: place, tasks and row. A call whose caller is
still there is said goodbye first; that time, from the cause to the closed line, stands behind it.
Exit status 1 when one took longer than 3 seconds.
"""

from __future__ import annotations

import sys

from loguru import logger

from tests.support.endings import FREED_S, EndCause, Ending, StuckPart, played


def cell(ending: Ending) -> str:
    """One of them in a few characters."""
    closed = "never" if ending.closed_s is None else f"{ending.closed_s:.1f}"
    return f"{ending.freed_s:.1f} ({closed}){' !' if not ending.held else ''}"


def main() -> int:
    """The command."""
    logger.remove()
    sys.stdout.write("seconds from closed line to free (from cause to closed line)\n")
    sys.stdout.write(f"{'':24}" + "".join(f"{part:>17}" for part in StuckPart) + "\n")
    missed, slowest = 0, 0.0
    for cause in EndCause:
        row = [played(cause, part) for part in StuckPart]
        missed += sum(not one.held for one in row)
        slowest = max(slowest, *(one.freed_s for one in row))
        sys.stdout.write(f"{cause:24}" + "".join(f"{cell(one):>17}" for one in row) + "\n")
        sys.stdout.flush()
    count = len(EndCause) * len(StuckPart)
    sys.stdout.write(
        f"{count} ends, {missed} beyond {FREED_S:.0f} s, the slowest {slowest:.1f} s\n"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
