"""What we compare with: a Twilio bot as pipecat 1.14 builds it, with stub services inside.

    python -m loadtest.bench.baselines.pipecat_bot --port 8100 [--tuned] [--turns timeout|smart]

Transport, serializer, voice detection, aggregators, worker and runner are pipecat's, wired as its
own examples wire them. The stubs have the delays, words and sound of the engine's own
(`docs/benchmarks.md`). `--tuned` is the same bot by somebody who has read pipecat's source: no
RTVI, no turn tracking, no idle watch, no metrics, no logging, and the garbage collector told to
leave alone what lives for ever. `--turns smart` is the library's default end of turn (Smart Turn),
`timeout` the cheaper one.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

import uvicorn
from aiohttp import ClientSession, TCPConnector
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import LLMService
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from pipecat.turns.user_stop.speech_timeout_user_turn_stop_strategy import (
    SpeechTimeoutUserTurnStopStrategy,
)
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from loadtest.bench.baselines.socket_services import BotSocketSTT, BotSocketTTS, SocketLLM
from loadtest.bench.baselines.stub_services import BotLLM, BotSTT, BotTTS
from loadtest.bench.stubs import RATE_HZ, Delays

Services = tuple[STTService, LLMService, TTSService]

DELAYS: Final[Mapping[str, Delays]] = MappingProxyType(
    {
        "fixed": Delays(),
        "providers": Delays(final_s=0.15, word_s=0.375, tail=0.8, sound_s=0.1),
    }
)
"""By the names that the engine's own have (`loadtest.bench.server.stub_speech`)."""


def services(delays: Delays, url: str, http: ClientSession | None) -> Services:
    """Stubs of a call: inside the process, or at a provider's address."""
    if http is None:
        return BotSTT(delays), BotLLM(delays), BotTTS(delays)
    return BotSocketSTT(http, url), SocketLLM(http, url), BotSocketTTS(http, url)


def application(*, tuned: bool, smart: bool, delays: Delays, providers: str) -> FastAPI:
    """``/media`` and ``/stats``."""
    clients: list[ClientSession] = []

    @asynccontextmanager
    async def client(_: FastAPI) -> AsyncIterator[None]:
        async with ClientSession(connector=TCPConnector(limit=0)) as http:
            clients.append(http)
            yield

    app = FastAPI(lifespan=client)

    @app.get("/stats")
    async def stats() -> dict[str, float | int]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 - no disk
        return {
            "cpu": usage.ru_utime + usage.ru_stime,
            "rss": pages * resource.getpagesize(),
            "tasks": len(asyncio.all_tasks()),
        }

    @app.websocket("/media")
    async def media(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive_text()
        start = json.loads(await socket.receive_text())
        stubs = services(delays, providers, clients[0] if providers else None)
        await _call(socket, start["start"]["streamSid"], stubs, tuned=tuned, smart=smart)

    return app


async def _call(
    socket: WebSocket, stream_sid: str, stubs: Services, *, tuned: bool, smart: bool
) -> None:
    stt, llm, tts = stubs
    serializer = TwilioFrameSerializer(
        stream_sid=stream_sid, params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
    )
    transport = FastAPIWebsocketTransport(
        socket,
        FastAPIWebsocketParams(
            audio_in_enabled=True, audio_out_enabled=True, serializer=serializer
        ),
    )
    params = LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    if not smart:
        params.user_turn_strategies = UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy()])
    pair = LLMContextAggregatorPair(LLMContext(), user_params=params)
    pipeline = Pipeline(
        [
            transport.input(),
            stt,
            pair.user(),
            llm,
            tts,
            transport.output(),
            pair.assistant(),
        ]
    )
    rates = PipelineParams(
        audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ, enable_metrics=not tuned
    )
    if tuned:
        worker = PipelineWorker(
            pipeline,
            params=rates,
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
        )
    else:
        worker = PipelineWorker(pipeline, params=rates)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)

    @transport.event_handler("on_client_disconnected")
    async def left(_: object, __: object) -> None:
        await runner.cancel()

    await runner.run()


def main() -> None:
    """Serve on loopback until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--turns", choices=("timeout", "smart"), default="timeout")
    parser.add_argument("--providers", default="", help="address of a stub provider, http://...")
    parser.add_argument("--delays", choices=tuple(DELAYS), default="fixed")
    given = parser.parse_args()
    logger.remove()
    app = application(
        tuned=given.tuned,
        smart=given.turns == "smart",
        delays=DELAYS[given.delays],
        providers=given.providers,
    )
    if given.tuned:
        logger.disable("pipecat")
        gc.collect()
        gc.freeze()
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="error")


if __name__ == "__main__":
    main()
