"""PDF files as pages: a process takes their text out, and is stopped when it takes too long."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from voiceagent.app import pdf_text
from voiceagent.domain.knowledge import BusinessPage, page_of_paragraphs
from voiceagent.domain.locales import Locale
from voiceagent.errors import OwnerFixable

MOST_BYTES: Final = 20 * 1024 * 1024
READ_S: Final = 20.0
_WHY: Final = {
    pdf_text.ENCRYPTED: "It is encrypted. Save it without a password",
    pdf_text.TOO_MANY_PAGES: f"It has more than {pdf_text.MOST_PAGES} pages. Split it",
    pdf_text.TOO_LONG: "It has more text than 1 MB. Split it",
    pdf_text.NO_TEXT: "There is no text in it; a scan is a picture. Save it with its text",
}
_BROKEN: Final = "It is no PDF, or a damaged one"


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    paragraphs: tuple[tuple[bool, str], ...] = ()
    why: str = ""


async def pdf_page(
    path: Path,
    name: str,
    digest: str,
    locale: Locale = Locale.EN_US,
    limit_s: float = READ_S,
) -> BusinessPage:
    """What a PDF says, in pieces.

    Args:
        path: where it is.
        name: of the page.
        digest: that it is kept with.
        locale: that it is written in.
        limit_s: how long taking its text out may take.

    Raises:
        OwnerFixable: ``pages.unreadable`` with why, and the page's name.
    """
    command = (sys.executable, "-P", str(Path(pdf_text.__file__)), str(path))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(limit_s):
            said, _ = await process.communicate()
        answer = _Answer.model_validate(json.loads(said))
    except TimeoutError:
        problem = f"Taking its text out takes longer than {limit_s:g} s."
        raise OwnerFixable("pages.unreadable", problem, where=name) from None
    except (ValueError, ValidationError) as error:  # it died, of memory for one
        raise OwnerFixable("pages.unreadable", f"{_BROKEN}.", where=name) from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if answer.why:
        problem = f"{_WHY.get(answer.why, _BROKEN)}."
        raise OwnerFixable("pages.unreadable", problem, where=name)
    return page_of_paragraphs(name, answer.paragraphs, digest, locale)
