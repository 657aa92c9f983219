"""A language model behind OpenAI's chat completions, by their SDK.

    async with opened(ModelAddress(key, base_url, "gpt-4.1-mini")) as model:
        await model.warm()
        async for event in model.reply(request): ...

The SDK's own retries are off: who asks decides what a second try is worth, and when. Connections
are kept for the time between two turns, and `warm` opens one before a caller waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream
from pydantic import SecretStr

from pipelines.providers.openai.problems import is_withheld, no_service, problem_of
from pipelines.providers.openai.transport import AiohttpTransport
from pipelines.providers.openai.wire import Chunk, ReplyReader, messages_of, tools_of
from voiceagent.domain.public_apis import OPENAI_API
from voiceagent.errors import OwnerFixable, Unavailable
from voiceagent.ports.language_model import (
    LanguageModel,
    ModelEvent,
    ModelRequest,
    ReplyEnd,
    StopReason,
)

DEFAULT_MODEL: Final = "gpt-4.1-mini"
"""Follows tool schemas, and answers without thinking first."""

_PATIENCE: Final = httpx2.Timeout(connect=2.0, write=5.0, read=30.0, pool=2.0)
"""What a connection allows, seconds. A caller hangs on for less: deadlines are the asker's, and
these only keep what nobody asks about any more from lying about."""

CONNECTIONS: Final = 256
"""Of a worker, at most."""

IDLE_S: Final = 50.0
"""A caller's turn lasts longer than idle connections are kept for by default; load balancers close
them after 60 s and more."""


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """Which model, where.

    Attributes:
        key: empty for servers that ask for none.
        base_url: up to and with the ``/v1``.
        model: by the server's name for it.
        direct: no proxy that the environment names stands between.
    """

    key: SecretStr
    base_url: str = OPENAI_API
    model: str = DEFAULT_MODEL
    direct: bool = False

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI's own service or Azure's of the same."""
        host = urlsplit(self.base_url).hostname or ""
        return host.endswith((".openai.com", ".azure.com"))


class OpenAiModel(LanguageModel):
    """A model at an address.

    Args:
        client: without retries.
        address: the same as the client's.
    """

    def __init__(self, client: AsyncOpenAI, address: ModelAddress) -> None:
        self._client = client
        self._address = address

    @property
    def name(self) -> str:
        """The model's, as the setting says."""
        return self._address.model

    def named(self, model: str) -> OpenAiModel:
        """Another model at the same address, over the same connections."""
        return OpenAiModel(self._client, replace(self._address, model=model))

    async def warm(self) -> None:
        """Opens a connection, and shows that the key is taken.

        Raises:
            Unavailable: see `LanguageModel.reply`.
            OwnerFixable: ``model.key``.
        """
        problem = None
        try:
            await self._client.models.list()
        except openai.NotFoundError:
            pass  # a server without a list of models was reached all the same
        except openai.APIError as error:
            problem = problem_of(error, begun=False)
        except ValueError:
            problem = _not_understood()
        if problem is not None and problem.code == "model.address":
            # Of the list of models only: whether there is a model, its first reply will show.
            problem = Unavailable("model.failed", problem.message)
        if problem is not None:
            raise problem  # outside of `except`: the SDK's error may quote the key

    async def reply(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """See `LanguageModel.reply`."""
        reader = ReplyReader()
        problem: Exception | None = None
        try:
            async with aclosing(self._chunks(request)) as chunks:
                async for chunk in chunks:
                    for event in reader.read(chunk):
                        yield event
        except openai.APIError as error:
            if is_withheld(error):
                yield ReplyEnd(StopReason.WITHHELD)
                return
            problem = problem_of(error, begun=reader.begun)
        except ValueError:  # of JSON, of its encoding, or of what it says
            problem = _not_understood()
        if problem is not None and not reader.whole:
            raise problem  # outside of `except`: the SDK's error may quote the key or the caller
        yield reader.end()

    async def _chunks(self, request: ModelRequest) -> AsyncGenerator[Chunk]:
        # The request by hand, and its answer as plain records: the SDK walks a typed request part
        # by part and makes an object of each piece of an answer: 16 ms of CPU a reply for 4.
        stream = await self._client.post(
            "/chat/completions",
            body=self._body(request),
            cast_to=object,
            stream=True,
            stream_cls=AsyncStream[object],
        )
        async with stream:
            kind = stream.response.headers.get("content-type", "")
            if kind.startswith("text/html"):  # a page for people
                raise no_service(f"{stream.response.status_code}, a page for people")
            async for chunk in stream:
                yield Chunk.model_validate(chunk)

    def _body(self, request: ModelRequest) -> Mapping[str, object]:
        # OpenAI refuses `max_tokens` for newer models; others do not know its successor.
        limit = "max_completion_tokens" if self._address.is_openai else "max_tokens"
        tools = {"tools": tools_of(request.tools)} if request.tools else {}
        return {
            "model": self._address.model,
            "messages": messages_of(request.messages),
            **tools,
            limit: request.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }


@asynccontextmanager
async def opened(address: ModelAddress) -> AsyncIterator[OpenAiModel]:
    """A model, and its connections for a block.

    Raises:
        OwnerFixable: ``model.address`` or ``model.key``, when it cannot be one.
    """
    check(address)
    # At DEBUG the SDK logs whole requests, and with them what callers say.
    logging.getLogger("openai").setLevel(logging.WARNING)
    client = AsyncOpenAI(
        api_key=address.key.get_secret_value() or "none",
        base_url=address.base_url,
        max_retries=0,
        timeout=_PATIENCE,
        http_client=httpx2.AsyncClient(
            timeout=_PATIENCE,
            transport=AiohttpTransport(
                connections=CONNECTIONS, idle_s=IDLE_S, patience=_PATIENCE, direct=address.direct
            ),
        ),
    )
    async with client:
        yield OpenAiModel(client, address)


def check(address: ModelAddress) -> None:
    """Refuse what can be no address and no key.

    Raises:
        OwnerFixable: ``model.address`` or ``model.key``.
    """
    parts = urlsplit(address.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise OwnerFixable(
            "model.address", "This is no http or https address.", where="OPENAI_BASE_URL"
        )
    key = address.key.get_secret_value()
    if not key.isascii() or not key.isprintable() or key != key.strip():
        raise OwnerFixable(
            "model.key",
            "The key has characters that no key has: blanks, line ends or letters with accents.",
            where="OPENAI_API_KEY",
        )


def _not_understood() -> Unavailable:
    return Unavailable("model.failed", "The model's provider sent what nobody understands.")
