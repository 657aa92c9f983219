"""What an operator may change of a running worker, by a page (`web.admin`) or by a signal.

======  ===========================================================
signal  meaning
======  ===========================================================
USR1    log more (DEBUG), and at the next one as before
USR2    take no new calls, and at the next one take them again
======  ===========================================================

Sent to the door of several workers they reach each of them. Composition-level.
"""

from __future__ import annotations

import asyncio
import signal

from loguru import logger

from voiceagent.app.calls.manager import CallManager
from voiceagent.app.ops.logs import LogLevel


class Operating:
    """One worker's switches: `web.admin.Operated`.

    Args:
        logs: how much is logged.
        calls: whether calls are taken.
    """

    def __init__(self, logs: LogLevel, calls: CallManager) -> None:
        self._logs = logs
        self._calls = calls

    @property
    def log_level(self) -> str:
        """See `Operated`."""
        return self._logs.level

    @property
    def takes_calls(self) -> bool:
        """See `Operated`."""
        return not self._calls.draining

    @property
    def live_calls(self) -> int:
        """See `Operated`."""
        return self._calls.live

    def log_from(self, level: str) -> None:
        """See `Operated`."""
        self._logs.set(level)
        logger.warning("operator.log_level: {}", level)

    def drain(self) -> None:
        """See `Operated`."""
        self._calls.pause()
        logger.warning("operator.drain: no new calls, {} go on", self._calls.live)

    def accept(self) -> None:
        """See `Operated`."""
        self._calls.reopen()
        if self.takes_calls:
            logger.warning("operator.accept: new calls are taken")

    def _turn_logs(self) -> None:
        level = self._logs.turn()
        logger.warning("operator.log_level: {}", level)

    def _turn_intake(self) -> None:
        (self.drain if self.takes_calls else self.accept)()

    def heed_signals(self) -> None:
        """The signals of the table work from now on, in the running loop's process."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._turn_logs)
        loop.add_signal_handler(signal.SIGUSR2, self._turn_intake)
