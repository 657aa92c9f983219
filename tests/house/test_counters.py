"""A counter that is written is exported. What grows by ``+=`` and can be seen from outside its
class, or is named like a loss, is in the table of metrics or is no counter, and then it says why.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from voiceagent.app.ops.metrics import DOOR_METRICS, METRICS, describe

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("voiceagent", "pipelines", "telephony", "tools", "channels", "connectors")
LOSS = re.compile(r"drop|fail|lost|late|refus|stale|fault|retr|underrun|cut_off|reject|error")

EXPORTED: Final = {
    "Acceptor.counts.handed": "voiceagent_door_connections_total",
    "Acceptor.counts.lost": "voiceagent_door_connections_total",
    "Acceptor.counts.refused": "voiceagent_door_connections_total",
    "door.counts.restarts": "voiceagent_door_worker_restarts_total",
    "CallRecorder.dropped": "voiceagent_not_kept_total",
    "Conversation.inputs_dropped": "voiceagent_dialogue_dropped_inputs_total",
    "Database.counts.retries": "voiceagent_store_retries_total",
    "Database.counts.timeouts": "voiceagent_store_pool_waits_total",
    "Database.counts.waits": "voiceagent_store_pool_waits_total",
    "TextDesk.counts.ends": "voiceagent_messages_total",
    "OutboundGate.counts": "voiceagent_outbound_withheld_total",
    "Dispatcher.counts.dead": "voiceagent_outbox_deliveries_total",
    "Dispatcher.counts.delivered": "voiceagent_outbox_deliveries_total",
    "Dispatcher.counts.dropped": "voiceagent_outbox_deliveries_total",
    "Sending._counts.dead": "voiceagent_outbox_deliveries_total",
    "Sending._counts.delivered": "voiceagent_outbox_deliveries_total",
    "Sending._counts.found": "voiceagent_outbox_deliveries_total",
    "Dispatcher.counts.retried": "voiceagent_outbox_deliveries_total",
    "SchedulerFigures._faults": "voiceagent_media_line_faults_total",
    "SchedulerFigures._late_sends": "voiceagent_media_late_sends_total",
    "SchedulerFigures.audible": "voiceagent_media_audibly_late_sends_total",
    "SchedulerFigures.tick_faults": "voiceagent_media_tick_faults_total",
    "Helper.restarts": "voiceagent_helper_restarts_total",
    "IncidentRecorder.dropped": "voiceagent_not_kept_total",
    "InboundAudio.counts.dropped": "voiceagent_media_lost_sound_seconds_total",
    "InboundAudio.counts.refused": "voiceagent_media_lost_sound_seconds_total",
    "Jitter.counts.concealed": "voiceagent_media_concealed_sound_seconds_total",
    "Jitter.counts.dropped": "voiceagent_media_lost_sound_seconds_total",
    "Jitter.counts.late": "voiceagent_media_lost_sound_seconds_total",
    "Jitter.counts.late_packets": "voiceagent_media_odd_packets_total",
    "Jitter.counts.reordered_packets": "voiceagent_media_odd_packets_total",
    "Jitter.counts.resyncs": "voiceagent_media_resyncs_total",
    "LineActs.barge_ins": "voiceagent_media_barge_ins_total",
    "LineActs.resumptions": "voiceagent_media_resumptions_total",
    "LineEvents.dropped_sounds": "voiceagent_stt_dropped_sounds_total",
    "LineOutput.strays.speech": "voiceagent_stale_speech_total",
    "ModelAnswer.counts.requests": "voiceagent_model_tool_requests_total",
    "ModelCounts.micro_cents": "voiceagent_model_cost_dollars_total",
    "ModelCounts.tokens": "voiceagent_model_tokens_total",
    "SpeechCounts.micro_cents": "voiceagent_speech_cost_dollars_total",
    "SpeechCounts.recognised_ms": "voiceagent_stt_sent_sound_seconds_total",
    "SpeechCounts.spoken_characters": "voiceagent_tts_characters_total",
    "DeepgramSTT.sent.samples": "voiceagent_stt_sent_sound_seconds_total",
    "LineInput.given.samples": "voiceagent_stt_sent_sound_seconds_total",
    "RecogniserSeat.sent.samples": "voiceagent_stt_sent_sound_seconds_total",
    "PostgresDeliveries.refused": "voiceagent_texts_refused_total",
    "MemoryDeliveries.refused": "voiceagent_texts_refused_total",
    "Pacer.dropped": "voiceagent_media_stale_sound_seconds_total",
    "Pacer.underruns": "voiceagent_media_underruns_total",
    "Playout.stale_marks": "voiceagent_media_stale_marks_total",
    "Recorder.dropped": "voiceagent_recorder_lost_writes_total",
    "Recorder.failed": "voiceagent_recorder_lost_writes_total",
    "ReplySource.strays.interruptions": "voiceagent_stray_interruptions_total",
    "TurnModelThread.refused": "voiceagent_turn_model_refusals_total",
    "signals.audits_lost": "voiceagent_tool_lost_audits_total",
}
"""Class and attribute -> the row that publishes it."""

BY_EVENT: Final = {
    "Decoder.faults": "each is told to the edge's watch as media.<fault>",
    "MediaSocket._cut_off": "each is told as flood.<kind>; this paces the warnings",
    "TwilioLink.dropped": "each is told as link.backlog; this paces the warnings",
    "_MalformedRequests._dropped": "log lines that were not written; the next one tells how many",
    "_Wire._dropped": "each is told as media.<fault> or handshake.dropped_<kind>",
}
"""What is counted a second time; every one is also told to `EdgeWatch` when it happens."""

NO_COUNTER: Final = {
    "mark.position": "a place in a call's sound, which is moved",
    "code.tries": "tries at one code, in memory: its limit is what they are for",
    "ReplyRace.entered": "requests for one reply; what they cost is in usage",
    "Breaker._failures": "failures in a row, by which a part that is down is known",
    "Asked._late": "requests that are kept waiting now",
    "Distribution.total": "the sum of a histogram",
    "Jitter._late_run": "late packets in a row, by which a restarted counter is known",
    "LineTape.steps": "the steps themselves",
    "RecordedConversation._tape.keys_answered": "a place on the tape, for a second run",
    "RecordedLine.tape.sound": "the sound itself",
    "LoadLadder.ceiling": "calls that may be served",
    "MemorySchedule._tables.holds": "a list",
    "MulawRing.end": "a position in the sound",
    "Playout.sent": "a position in the sound",
    "LastWords._newest.number": "the number of the newest reply",
    "ReplySource._newest.number": "the number of the newest reply",
    "SpeechLedger.samples": "a position in the sound",
    "SpokenPart.given": "a position in the sound",
    "SpokenSentence.seconds": "a length, of one sentence",
    "TurnClock.cover_samples": "a length, of one reply's filler",
    "TurnClock.tools_s": "a stage of one reply; in voiceagent_turn_stage_seconds",
    "VoiceGate.last_voiced": "a position in the sound",
    "VoiceGate.position": "a position in the sound",
    "OutcomeWriter._failed": "tries of an outcome since the store was last there",
    "OutcomeWriter._failed_leaving": "the same, of a worker that ends",
    "call.streams": "the number of the newest stream of a call",
    "call.waiting": "streams of a call that have no line yet",
    "ctx.signals.wrong_codes": "this caller's guesses at a code, after which there are no more",
    "grammar.classes": "a list",
    "signals.tool_calls": "the index of the next tool call in the journal",
}
"""What grows and counts nothing that went on or wrong."""


def growing(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """What is added to: ``Class.attribute`` for one of ``self``, else as written; with its line."""

    def visit(node: ast.AST, owner: str) -> Iterator[tuple[str, int]]:
        for child in ast.iter_child_nodes(node):
            inner = child.name if isinstance(child, ast.ClassDef) else owner
            if isinstance(child, ast.AugAssign) and isinstance(child.op, ast.Add):
                target: ast.expr = child.target
                if isinstance(target, ast.Subscript):
                    target = target.value
                if isinstance(target, ast.Attribute) and _plain(target):
                    name = ast.unparse(target).replace("self.", f"{owner}.", 1)
                    yield name, child.lineno
            yield from visit(child, inner)

    yield from visit(tree, "")


def _plain(node: ast.expr) -> bool:
    """Whether it is a name with attributes, and nothing that is called or looked up."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def watched(name: str) -> bool:
    """Whether others could read it, or should be able to."""
    last = name.rpartition(".")[2]
    return not last.startswith("_") or LOSS.search(last) is not None


def sources() -> list[Path]:
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def found() -> dict[str, str]:
    """Every watched name, and where it grows."""
    places = {}
    for path in sources():
        for name, line in growing(ast.parse(path.read_text())):
            if watched(name):
                places[name] = f"{path.relative_to(ROOT)}:{line}"
    return places


def test_every_counter_is_exported_or_says_why_it_is_none() -> None:
    known = {*EXPORTED, *BY_EVENT, *NO_COUNTER}
    unknown = [f"{at} counts {name}" for name, at in found().items() if name not in known]
    assert not unknown, "export it (docs/metrics.md) or say why not:\n" + "\n".join(unknown)


def test_the_tables_name_what_there_is() -> None:
    known = [*EXPORTED, *BY_EVENT, *NO_COUNTER]
    assert len(known) == len(set(known))
    assert not set(known) - set(found())
    assert not set(EXPORTED.values()) - {metric.name for metric in (*METRICS, *DOOR_METRICS)}


def test_what_is_exported_is_read() -> None:
    """By another statement than the one that adds to it."""
    read = {
        node.attr
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    assert not [name for name in EXPORTED if name.rpartition(".")[2] not in read]


def test_the_search_can_fail() -> None:
    code = (
        "class A:\n"
        "    def f(self):\n"
        "        self.lost += 1\n"
        "        self._quiet += 1\n"
        "        self._failed += n\n"
        "        self.counts.by[x] += 1\n"
        "        self.make().size += 1\n"
        "def g(signals):\n"
        "    signals.more += True\n"
        "    local += 1\n"
    )
    names = [name for name, _ in growing(ast.parse(code)) if watched(name)]
    assert names == ["A.lost", "A._failed", "A.counts.by", "signals.more"]


def test_only_the_app_knows_prometheus() -> None:
    """The planes count in their own words; the bench's server is composed as the app is."""
    knowing = [
        str(path.relative_to(ROOT))
        for path in [*sources(), *sorted((ROOT / "loadtest").rglob("*.py"))]
        if re.search(r"^(from|import) prometheus_client", path.read_text(), re.MULTILINE)
    ]
    assert knowing
    assert all(
        path.startswith(("voiceagent/app/", "loadtest/bench/server/")) for path in knowing
    ), knowing


def test_the_documented_rows_are_those_of_the_table() -> None:
    assert (ROOT / "docs/metrics.md").read_text().endswith(f"## Rows\n\n{describe()}\n")
