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

# No deadline: a machine that is busy with something else is no fault of the code. Not derandomized:
# every run looks somewhere new, and a failure prints the example and the seed that repeat it.
settings.register_profile("ours", deadline=None, print_blob=True)
# Where coverage is measured an example costs two and a half times as much, and it is lines that are
# looked for, not the rare example: `--hypothesis-profile=measured` (`tests.gate`).
settings.register_profile("measured", deadline=None, print_blob=True, max_examples=40)
settings.load_profile("ours")
