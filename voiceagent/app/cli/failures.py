"""How a command ends when it cannot go on: one sentence, an exit code, no traceback.

=====  ==================================================================
code   meaning
=====  ==================================================================
0      done; ``serve`` after SIGTERM
1      ``doctor`` found something wrong, ``loadtest`` blew a budget, or a mistake of
       ours (traceback)
2      wrong settings, arguments or files, or a part that is down
130    Ctrl-C
=====  ==================================================================
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec

from rich.console import Console
from rich.markup import escape

from voiceagent.errors import VoiceAgentError

P = ParamSpec("P")

INTERRUPTED = 130
"""What shells expect after SIGINT: 128 + 2."""

_SYSTEM = {
    errno.ENOSPC: ("system.disk_full", "The disk is full"),
    errno.EDQUOT: ("system.disk_full", "The disk quota is used up"),
    errno.EACCES: ("system.permission", "There is no permission"),
    errno.EPERM: ("system.permission", "There is no permission"),
    errno.EROFS: ("system.read_only", "The disk is read-only"),
    errno.ENOENT: ("system.missing", "There is no such file or folder"),
    errno.ENOTDIR: ("system.not_a_folder", "Part of the path is a file, not a folder"),
    errno.EISDIR: ("system.is_a_folder", "This is a folder, a file is needed"),
    errno.EEXIST: ("system.exists", "Something else is there already"),
    errno.EMFILE: ("system.open_files", "Too many files are open"),
    errno.ENFILE: ("system.open_files", "Too many files are open"),
    errno.ENOMEM: ("system.memory", "There is no memory left"),
    errno.EADDRINUSE: ("serve.port", "Another program uses the port"),
}


def sentence(error: BaseException) -> str | None:
    """What to tell people about an error; ``None`` when it is a mistake of ours.

    Args:
        error: also a group, of which the first cause that people can act on is told.
    """
    if isinstance(error, BaseExceptionGroup):
        return next((told for one in error.exceptions if (told := sentence(one))), None)
    if isinstance(error, VoiceAgentError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        code, text = _SYSTEM[error.errno]
        where = f": {error.filename}" if error.filename else ""
        return f"{code}: {text}{where}."
    return None


def fail(error: VoiceAgentError) -> NoReturn:
    """Say what is wrong on standard error and exit with 2."""
    say_and_exit(str(error))


def say_and_exit(text: str) -> NoReturn:
    """One sentence on standard error, exit code 2."""
    console = Console(stderr=True, highlight=False)
    console.print(f"[red]{escape(text)}[/]", soft_wrap=True)
    sys.exit(2)


def command(function: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command so that whatever people can act on ends it with a sentence."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            raise  # whoever read our output has left: the framework ends quietly
        except Exception as error:
            if _holds_interrupt(error):
                sys.exit(INTERRUPTED)
            if (told := sentence(error)) is None:
                raise
            say_and_exit(told)
        except BaseExceptionGroup as group:
            if _holds_interrupt(group):
                sys.exit(INTERRUPTED)
            raise

    return run


def _holds_interrupt(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_holds_interrupt(one) for one in error.exceptions)
    return isinstance(error, KeyboardInterrupt)
