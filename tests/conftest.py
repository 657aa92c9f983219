"""Logs of pipecat at DEBUG would drown a failure's report."""

from __future__ import annotations

import sys

from loguru import logger

logger.remove()
logger.add(sys.stderr, level="WARNING")
