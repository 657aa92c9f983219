"""python -m loadtest.panel --url ws://127.0.0.1:8080/media."""

from __future__ import annotations

import argparse
import asyncio
import sys

from loadtest.panel.report import panel
from loadtest.panel.run import AT_ONCE, calls, play
from loadtest.panel.scoring import score


def main() -> int:
    """Measure the conversation panel on an engine that takes calls without a token."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.panel", description=main.__doc__)
    parser.add_argument("--url", required=True, help="the engine's media socket, ws://...")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="calls at one time")
    parser.add_argument("--only", default="", help="calls whose name contains this")
    arguments = parser.parse_args()
    script = [call for call in calls() if arguments.only in call.name]

    def tell(name: str) -> None:
        sys.stderr.write(f"played {name}\n")

    logs, skipped = asyncio.run(play(script, arguments.url, at_once=arguments.at_once, tell=tell))
    outcomes = [outcome for log in logs for outcome in score(log)]
    sys.stdout.write(panel(outcomes, skipped) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
