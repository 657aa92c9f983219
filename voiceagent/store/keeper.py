"""Keeps the embedded server up: whatever ended it, it is started again."""

from __future__ import annotations

import asyncio
from typing import Protocol

from loguru import logger

from voiceagent.errors import VoiceAgentError

LOOK_EVERY_S = 2.0


class Restartable(Protocol):
    """What is kept up; both methods block and run in a thread (`EmbeddedPostgres`)."""

    def running(self) -> bool:
        """Whether it answers."""
        ...

    def start(self) -> str:
        """Start it unless it runs; safe from several processes at once."""
        ...


async def keep_up(server: Restartable, *, every_s: float = LOOK_EVERY_S) -> None:
    """Look after a server until cancelled.

    A start that fails (a full disk, remains of a killed server that are still ending) is tried
    again at the next look. What was to be written meanwhile is its writer's to repeat.
    """
    failed = ""
    while True:
        await asyncio.sleep(every_s)
        if await asyncio.to_thread(server.running):
            continue
        logger.error("database.gone: the embedded PostgreSQL does not answer")
        try:
            await asyncio.to_thread(server.start)
        except VoiceAgentError as error:
            if error.code != failed:  # a line a fault, not a line a try
                logger.error("{}: {}", error.code, error)
            failed = error.code
        else:
            failed = ""
            logger.warning("database.back: the embedded PostgreSQL was started again")
