"""The open question on its way to the recogniser's process."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter

from voiceagent.domain.open_question import OpenQuestion

_QUESTION: Final = TypeAdapter(OpenQuestion)


def written(question: OpenQuestion) -> bytes:
    """For the pipe."""
    return _QUESTION.dump_json(question)


def read(question: bytes) -> OpenQuestion:
    """From the pipe."""
    return _QUESTION.validate_json(question)
