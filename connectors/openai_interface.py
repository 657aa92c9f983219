"""One question to a server that speaks an interface of OpenAI's: JSON with a bearer token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from connectors.exchange import NO_ANSWER, exchange
from voiceagent.errors import Unavailable

_OK: Final = 200


@dataclass(frozen=True, slots=True)
class OpenAiInterface:
    """A path of such a server.

    Attributes:
        http: an open session.
        url: before the path, such as ``https://api.openai.com/v1``.
        path: behind it, such as ``embeddings``.
        code: what its errors begin with.
        api_key: as a bearer token; none when empty.
        deadline_s: for an answer.
        most_bytes: of an answer that are read.
    """

    http: aiohttp.ClientSession
    url: str
    path: str
    code: str
    api_key: str
    deadline_s: float
    most_bytes: int

    async def ask(self, question: Mapping[str, object]) -> bytes:
        """What it answers to a JSON object.

        Raises:
            Unavailable: ``<code>.down``, ``<code>.refused``.
        """
        headers = {"Content-Type": "application/json"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        try:
            answer = await exchange(
                self.http,
                "POST",
                f"{self.url.rstrip('/')}/{self.path}",
                headers=headers,
                body=json.dumps(question).encode(),
                deadline_s=self.deadline_s,
                most_bytes=self.most_bytes,
            )
        except NO_ANSWER as error:
            raise Unavailable(f"{self.code}.down", f"{type(error).__name__}.") from error
        if answer.status != _OK:
            raise Unavailable(f"{self.code}.refused", f"It answered {answer.status}.")
        return answer.body
