"""A call whose model hears and speaks by itself, with the cascade around it and behind it.

What it shares with the cascade is everything but three things: the model is asked over its
session, is given the caller's sound, and its sentences are spoken by its own sound. So turn-taking,
barge-in, the card gate, the guard, tools, rows and figures are the same, and where the session is
lost the recogniser, the next model or the house policy, and the cascade's voice go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from pipecat.processors.frame_processor import FrameProcessor

from pipelines.cascade import Cascade
from pipelines.pipeline import CallSeat, Pipeline
from pipelines.providers.openai.realtime.call import RealtimeAccount, RealtimeCall
from pipelines.providers.openai.realtime.caller_sounds import CallerSounds
from pipelines.providers.openai.realtime.processors import (
    RealtimeEar,
    RealtimePlaces,
    RealtimeVoice,
)
from pipelines.ready_speech import Render
from pipelines.session import Answering
from pipelines.transport import StrayCounts
from voiceagent.core.clock import Clock
from voiceagent.dialogue.factory import MakeDialogue, model_dialogue
from voiceagent.dialogue.model.routing import RoutedModels
from voiceagent.language.en_us.caller_acts import ActModel
from voiceagent.ports.language_model import LanguageModel
from voiceagent.ports.meter import ModelCounts
from voiceagent.toolkit.spec import ToolSpec


class RealtimeParts:
    """What serves one call. Implements `CallParts`.

    Args:
        account: of the model.
        fallback: models that are asked when it does not answer, in their order; and those that lead
            what is critical or private, where there are any.
        tools: what a model may ask for.
        clock: for breakers.
        acts: proposes to the house what a turn does.
        counts: where it is counted what models do.
    """

    def __init__(
        self,
        account: RealtimeAccount,
        fallback: Sequence[LanguageModel] | RoutedModels,
        tools: Sequence[ToolSpec],
        clock: Clock,
        acts: ActModel | None,
        counts: ModelCounts | None = None,
    ) -> None:
        self._account = account
        self._sounds = CallerSounds()
        self._call = RealtimeCall(account, self._sounds)
        reads = fallback if isinstance(fallback, RoutedModels) else RoutedModels(usual=fallback)
        models = replace(reads, usual=[self._call, *reads.usual])
        self.dialogue: MakeDialogue = model_dialogue(models, tools, clock, acts, counts=counts)

    def pipeline(self, seat: CallSeat, stt: FrameProcessor, render: Render) -> Pipeline:
        """The call's pipeline.

        Args:
            seat: where it sits.
            stt: fresh, of the cascade.
            render: the cascade's voice.
        """
        session, sounds = seat.session, self._sounds
        committed = session.brain.heard

        def heard(text: str) -> None:
            sounds.worded(text)
            committed(text)

        session.privacy.tell(self._call.close)
        places = RealtimePlaces(self._call, session.replies.ledger)
        session.brain.heard, session.brain.cut_off = heard, places.cut_off
        cascade = Cascade(
            session,
            seat.line,
            stt,
            RealtimeVoice(self._call, render, self._account.voice, session.usage.speaks_in),
            before_stt=(RealtimeEar(sounds),),
            after_tts=(places,),
        )
        return RealtimePipeline(cascade, self._call)


class RealtimePipeline:
    """A cascade and a session with the model. Implements `Pipeline`."""

    def __init__(self, cascade: Cascade, call: RealtimeCall) -> None:
        self._cascade = cascade
        self._call = call

    @property
    def ask_partial(self) -> Callable[[], Awaitable[None]] | None:
        """See `Pipeline`."""
        return self._cascade.ask_partial

    @property
    def answering(self) -> Answering | None:
        """The conversation answers; it asks the model."""
        return None

    @property
    def strays(self) -> StrayCounts:
        """See `Pipeline`."""
        return self._cascade.strays

    async def run(self) -> None:
        """See `Pipeline`."""
        async with asyncio.TaskGroup() as tasks:
            session = tasks.create_task(self._call.run())
            try:
                await self._cascade.run()
            finally:
                session.cancel()
