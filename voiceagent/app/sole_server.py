"""One server a state folder: it keeps that folder's database, recordings and secrets."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from voiceagent.app.settings import Settings
from voiceagent.errors import OwnerFixable

_LOCK: Final = "serve.lock"


@contextmanager
def sole_server(settings: Settings) -> Iterator[None]:
    """Serve as the only one on this state folder for a block.

    With a database of one's own (``DATABASE_URL``) as many servers as one likes share that, and a
    worker is part of the server that started it: both are let in. The kernel frees the lock when
    its holder ends, however it ends.

    Raises:
        OwnerFixable: ``serve.already`` while another one serves; ``settings.state``.
    """
    if settings.has_database or settings.door_fd is not None:
        yield
        return
    path = settings.state_dir / _LOCK
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+")
    except OSError as error:
        problem = "The state folder cannot be written."
        raise OwnerFixable("settings.state", problem, where=str(settings.state_dir)) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            who = handle.read().strip()
            raise OwnerFixable(
                "serve.already",
                f"A server{f' (process {who})' if who else ''} runs on this state folder: stop it,"
                " or give this one a folder of its own with VOICEAGENT_STATE.",
                where=str(settings.state_dir),
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
