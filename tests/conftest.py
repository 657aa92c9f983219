"""What holds for every test: quiet logs, how properties are tried, and one database server."""

from __future__ import annotations

import sys

from hypothesis import settings
from loguru import logger

from tests.support.postgres import database, postgres, store

__all__ = ["database", "postgres", "store"]

# Logs of pipecat at DEBUG would drown a failure's report.
logger.remove()
logger.add(sys.stderr, level="WARNING")

# No deadline: a machine that is busy with something else is no fault of the code. The same examples
# every time: a gate that fails for a rare input of something else tells nobody about the change it
# is for. `./run explore` looks somewhere new with every run (docs/decisions/0076).
settings.register_profile("ours", deadline=None, print_blob=True, derandomize=True)
# Where coverage is measured an example costs two and a half times as much, and it is lines that are
# looked for, not the rare example: `--hypothesis-profile=measured` (`tests.gate`).
settings.register_profile("measured", settings.get_profile("ours"), max_examples=40)
settings.register_profile("explore", deadline=None, print_blob=True, max_examples=500)
settings.load_profile("ours")
