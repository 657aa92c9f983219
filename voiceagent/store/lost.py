"""What the driver raises when the database is gone: one place for everybody who asks it."""

from __future__ import annotations

from typing import Final

import asyncpg

BY_DRIVER: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Of a connection that is gone. The second is for one whose server process ended between two
statements: what it said of that unasked is read at the next one. `asyncpg.DataError` is an
`InterfaceError`, too: a wrong argument, which whoever passes some has to catch before."""

LOST: Final = (OSError, *BY_DRIVER)
"""With what the system says of its sockets, and with `TimeoutError`."""
