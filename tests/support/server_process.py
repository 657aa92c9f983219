"""A process that starts the embedded server: ``python server_process.py STATE_FOLDER``.

It prints the DSN and then waits for its end.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from voiceagent.store.embedded import EmbeddedPostgres

if __name__ == "__main__":
    print(EmbeddedPostgres(Path(sys.argv[1]), durable=False).start(), flush=True)  # noqa: T201
    threading.Event().wait()
