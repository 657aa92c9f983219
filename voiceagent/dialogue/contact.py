"""One factory for every contact with a caller, whatever carries it.

A contact is what a conversation is made of: what its tools may know and use, the dialogue, the
serial loop, and what bears on its outcome. A channel brings the mouth, the recorder and the tasks;
it makes nothing of this itself.

A contact that goes on (a line that was cut, the next message of a thread) is restored from its
journal as of its start, so that what was decided is decided again in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from loguru import logger

from voiceagent.core.clock import Clock
from voiceagent.dialogue.case_file import CaseFile
from voiceagent.dialogue.factory import Conversant, MakeDialogue
from voiceagent.dialogue.journal_start import INDEX, KIND, JournalStart
from voiceagent.dialogue.loop import Conversation, Mouth
from voiceagent.dialogue.model.dialogue import ModelDialogue
from voiceagent.dialogue.port import Dialogue
from voiceagent.dialogue.recorded import RecordedConversation
from voiceagent.dialogue.recorder import Recorder
from voiceagent.dialogue.tape import Leads, TalkStart, TalkTape
from voiceagent.domain.business import Business
from voiceagent.domain.business_version import version_of
from voiceagent.domain.identity import WRONG_CODE
from voiceagent.domain.locales import ENGLISH_ONLY, Locale
from voiceagent.domain.outcomes import Evidence
from voiceagent.domain.records import CallStart, IdentityLevel, Outcome
from voiceagent.ports.carrier import CallControl
from voiceagent.ports.dispatch import Dispatch, OwnCalendar
from voiceagent.ports.hand_off import WarmTransfer
from voiceagent.ports.outbound import OutboundGate
from voiceagent.ports.outside import OutsideAgents
from voiceagent.ports.store import Store
from voiceagent.toolkit.context import Signals, Spawn, ToolContext
from voiceagent.toolkit.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Contact:
    """A conversation with one caller.

    Attributes:
        context: what its tools may know and use.
        conversation: answers the caller.
        started_at: when it began, aware; before now when it goes on.
        resumed: it goes on from where its journal ends.
    """

    context: ToolContext
    conversation: Conversation
    started_at: datetime
    resumed: bool

    @property
    def evidence(self) -> Evidence:
        """All this contact knows that bears on its outcome, so far."""
        danger = self.conversation.emergency_reported
        return self.context.signals.evidence | (
            Evidence.of(Outcome.EMERGENCY) if danger else Evidence()
        )


@dataclass(frozen=True, slots=True)
class Contacts:
    """Makes contacts.

    Attributes:
        business: whom callers reach.
        clock: what "now" is.
        store: where everything is kept.
        toolbox: the tools a dialogue may ask for.
        call_control: what the carrier can do with a call; a channel without one refuses.
        dialogue: makes who answers.
        hand_offs: hands callers over with a word beforehand; ``None`` where nobody can.
        agents: the business's outside agents; ``None``: the business file answers for them.
        dispatch: who has the last word on visits.
        gate: judges what is said; ``None``: by the business file alone.
        hears: the languages in which what is said on the phone is understood.
    """

    business: Business
    clock: Clock
    store: Store
    toolbox: Toolbox
    call_control: CallControl
    dialogue: MakeDialogue
    hand_offs: WarmTransfer | None = None
    agents: OutsideAgents | None = None
    dispatch: Dispatch = field(default_factory=OwnCalendar)
    gate: OutboundGate | None = None
    hears: frozenset[Locale] = ENGLISH_ONLY

    async def open(
        self,
        call: CallStart,
        *,
        mouth: Mouth,
        recorder: Recorder,
        spawn: Spawn,
        identity: IdentityLevel = IdentityLevel.CALLER_ID,
        signals: Signals | None = None,
        known: bool = False,
        dialogue: MakeDialogue | None = None,
        tape: TalkTape | None = None,
        upto: int | None = None,
        matter: CaseFile | None = None,
        case: CaseFile | None = None,
        audited: Sequence[str] | None = None,
    ) -> Contact:
        """A contact that is about to begin, or goes on.

        Args:
            call: its row in the store.
            mouth: where its words go.
            recorder: its ordered writes; the first is put here, and nothing waits for it.
            spawn: starts work that outlives its caller.
            identity: what the carrier vouches for.
            signals: where its tools leave what they know; for who wants to add to it.
            known: the call was in the store before: it goes on if there is anything to go on from.
            dialogue: makes who answers this one; the usual one by default.
            tape: what the conversation is kept on, if it is.
            upto: see `Conversation.restore`.
            matter: of an earlier conversation, which a new one goes on with.
            case: where a known call stands after the row `upto` of its journal, which then is not
                heard again.
            audited: the error codes of a known call's tools so far, for who has them.

        Raises:
            Unavailable: a known call could not be read.
        """
        if case is None:
            rows = await self.store.journal.read(call.call_id) if known else ()
            start = await self._start(call, rows, recorder, matter, known=known)
        else:
            start = JournalStart(case.started_at, "")
        context = ToolContext(
            call=call,
            business=self.business,
            clock=self.clock,
            store=self.store,
            call_control=self.call_control,
            spawn=spawn,
            identity=identity,
            signals=signals or Signals(),
            hand_offs=self.hand_offs,
            agents=self.agents,
            dispatch=self.dispatch,
            gate=self.gate,
        )
        of = self._conversant(context, start.at)
        who = (dialogue or self.dialogue)(of)
        if start.matter is not None:
            who.take_over(start.matter)
        usual = (who, self.toolbox, context, mouth, recorder, self.clock)
        if tape is None:
            conversation = Conversation(*usual)
        else:
            tape.start = _start_of_tape(of, who)
            conversation = RecordedConversation(*usual, tape)
        if case is not None and upto is not None:
            conversation.go_on(case, upto)
            resumed = True
        else:
            resumed = known and await conversation.restore(upto)
        if known:
            errors = audited
            if errors is None:
                errors = await self.store.journal.audited(call.call_id)
            context.signals.tool_calls = len(errors)
            context.signals.wrong_codes = errors.count(WRONG_CODE)
        return Contact(context, conversation, start.at, resumed)

    def _conversant(self, context: ToolContext, started_at: datetime) -> Conversant:
        """Who is to be answered."""
        return Conversant(
            self.business,
            now=started_at.astimezone(ZoneInfo(self.business.timezone)),
            caller_number=context.caller_phone,
            channel="voice" if context.call.channel == "voice" else "text",
            private=context.call.channel in self.business.privacy.channels,
            hears=self.hears,
        )

    async def _start(
        self,
        call: CallStart,
        rows: Sequence[tuple[int, str, str]],
        recorder: Recorder,
        matter: CaseFile | None,
        *,
        known: bool,
    ) -> JournalStart:
        """The start that the journal tells; where it does not, as well as it is known otherwise."""
        version = version_of(self.business)
        start = JournalStart.find(rows)
        if start is not None:
            if start.business != version:
                logger.warning(
                    "contact.business_changed: it began by {}, goes on by {}",
                    start.business,
                    version,
                )
            return start
        start = JournalStart(await self._began(call, known=known), version, matter)
        journal = self.store.journal
        recorder.put(lambda: journal.append(call.call_id, INDEX, KIND, start.to_json()))
        return start

    async def _began(self, call: CallStart, *, known: bool) -> datetime:
        if known and (before := await self.store.history.call(call.call_sid)) is not None:
            return before.summary.started_at
        return self.clock.now()


def _start_of_tape(of: Conversant, who: Dialogue) -> TalkStart:
    leads = Leads.MODEL if isinstance(who, ModelDialogue) else Leads.HOUSE
    return TalkStart(of.now, leads, of.caller_number, of.channel, of.private)
