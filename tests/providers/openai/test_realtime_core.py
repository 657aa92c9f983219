"""Realtime without a socket: what may be heard, what the server knows, and what was heard."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.heard import SpeechLedger
from pipelines.providers.openai.realtime import response_table as table
from pipelines.providers.openai.realtime.caller_sounds import CallerSounds
from pipelines.providers.openai.realtime.change_signal import ChangeSignal
from pipelines.providers.openai.realtime.conversation import (
    ItemKind,
    ServerConversation,
    WantedItem,
    wanted_items,
)
from pipelines.providers.openai.realtime.events import (
    CallCame,
    MessageRefused,
    ResponseBegun,
    ResponseOver,
    SessionReady,
    SoundCame,
    TurnCommitted,
    WordsCame,
    read,
)
from pipelines.providers.openai.realtime.held_speech import HeldSpeech
from pipelines.providers.openai.realtime.played_places import PlayedPiece, PlayedPlaces
from pipelines.providers.openai.realtime.spoken_part import HeldPiece, SpokenPart
from voiceagent.core.audio.g711 import mulaw_encode
from voiceagent.core.wire import Played
from voiceagent.dialogue.model.prompt import CASE
from voiceagent.ports.language_model import (
    AgentSaid,
    CallerSaid,
    Instruction,
    ModelMessage,
    StopReason,
    TokenUsage,
    ToolRequest,
    ToolReturned,
)

WORD, PAUSE = 2400, 2000
LOUD = mulaw_encode((8000 * np.sin(np.arange(WORD) * 0.14)).astype(np.int16))
QUIET = b"\xff" * PAUSE


def voiced(text: str) -> bytes:
    """A sentence's sound: a word is as long as any."""
    return LOUD * len(text.split())


# --- what may be heard ---------------------------------------------------------------------------

SENTENCES = [
    "We can help.",
    "It is four words.",
    "What do you need?",
    "Yes.",
    "Shall I book it now?",
]
said = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=4, unique=True)


def with_pauses(sentences: Sequence[str]) -> list[bytes]:
    """Their sound, with a pause between two."""
    return [voiced(s) + (QUIET if s is not sentences[-1] else b"") for s in sentences]


def streamed(
    speech: HeldSpeech,
    sentences: Sequence[str],
    lead: int,
    chunk: int,
    sounds: Sequence[bytes] | None = None,
) -> Iterable[None]:
    """A response as it comes: each sentence's words `lead` samples before its sound begins."""
    sounds = with_pauses(sentences) if sounds is None else sounds
    starts = [sum(map(len, sounds[:at])) for at in range(len(sounds))]
    left = [(max(0, start - lead), text) for start, text in zip(starts, sentences, strict=True)]
    sound = b"".join(sounds)
    for at in range(0, len(sound), chunk):
        while left and left[0][0] < at + chunk:
            for word in left.pop(0)[1].split():
                speech.words(f"{word} ")
                yield
        speech.sound(sound[at : at + chunk])
        yield
    for _, text in left:
        for word in text.split():
            speech.words(f"{word} ")
            yield
    speech.finish(whole=True)
    yield


@given(said, st.integers(0, 9000), st.integers(80, 4000), st.integers(0, 4))
def test_sound_of_a_sentence_that_was_not_accepted_is_never_given_out(
    sentences: list[str], lead: int, chunk: int, accepted: int
) -> None:
    """Whatever the lead of the words: with a voice that pauses, not a sample of the next one."""
    speech = HeldSpeech()
    given_out = 0
    for _ in streamed(speech, sentences, lead, chunk):
        for index, sentence in enumerate(speech.sentences):
            if sentence.accepted is None:
                sentence.accepted = index < accepted
            if sentence.accepted:
                given_out = max(given_out, speech.releasable(index))
    spoken = [voiced(s) + QUIET for s in sentences[:accepted]]
    whole = sum(map(len, (voiced(s) + QUIET for s in sentences))) - PAUSE
    allowed = min(sum(map(len, spoken)), whole)
    assert given_out <= allowed + 80
    assert given_out >= allowed - PAUSE - 80
    assert [one.text for one in speech.sentences] == sentences


@given(said, st.integers(0, 9000), st.integers(80, 4000))
def test_accepted_sentences_are_given_out_whole_and_in_order(
    sentences: list[str], lead: int, chunk: int
) -> None:
    speech = HeldSpeech()
    for _ in streamed(speech, sentences, lead, chunk):
        for sentence in speech.sentences:
            sentence.accepted = True
        for index, sentence in enumerate(speech.sentences):
            assert speech.releasable(index) <= speech.samples
            assert (
                index == 0
                or sentence.start is None
                or sentence.start >= (speech.sentences[index - 1].end or 0)
            )
    assert speech.kept_samples == speech.samples
    assert speech.sentences[0].start == 0
    ends = [one.end for one in speech.sentences]
    assert ends == [one.start for one in speech.sentences[1:]] + [speech.samples]


voices = st.lists(
    st.tuples(st.sampled_from(SENTENCES), st.floats(0.4, 2.0), st.booleans()),
    min_size=1,
    max_size=5,
    unique_by=lambda one: one[0],
)
"""Sentences, how long each is to what is usual, and whether a pause follows."""


@settings(max_examples=25)
@given(voices, st.integers(0, 20_000), st.integers(80, 9000), st.integers(0, 2))
def test_who_hears_all_sound_has_heard_all_sentences(
    voice: list[tuple[str, float, bool]], lead: int, chunk: int, merged: int
) -> None:
    """Where the voice is quick, slow or without pauses some have no sound of their own.

    With `merged`, the last ones sounded with the others, and are written after all sound.
    """
    sentences = [text for text, _, _ in voice]
    sounds = [
        (LOUD * 8)[: int(WORD * len(text.split()) * speed)] + (QUIET if pauses else b"")
        for text, speed, pauses in voice
    ]
    own = max(1, len(sounds) - merged)
    sounds[own - 1 :] = [b"".join(sounds[own - 1 :]), *[b""] * (len(sounds) - own)]
    speech, ledger, change = HeldSpeech(), SpeechLedger(), ChangeSignal()
    given_out: list[HeldPiece] = []

    async def model() -> None:
        for _ in streamed(speech, sentences, lead, chunk, sounds):
            for sentence in speech.sentences:
                sentence.accepted = True
            change.tell()
            await asyncio.sleep(0)

    async def mouth() -> None:
        index = 0
        while index < len(speech.sentences) or not speech.over:
            if index == len(speech.sentences):
                await change.wait()
                continue
            part = SpokenPart(speech, index, change, speech.sentences[index].text, 0)
            ledger.sentence(part.text)
            async for piece in part.sound():
                ledger.sound(len(piece.mulaw_8k))
                given_out.append(piece)
            if part.shares_sound:
                ledger.shares_sound()
            assert not part.left, "nobody says it again"
            index += 1

    async def said() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(model())
            tasks.create_task(mouth())

    asyncio.run(said())
    text, sound = " ".join(sentences), b"".join(sounds)
    assert b"".join(piece.mulaw_8k for piece in given_out) == sound
    assert ledger.heard(len(sound)) == text == ledger.text
    assert not ledger.unheard(len(sound))
    heard = [ledger.heard(at) for at in range(0, len(sound) + 1, 1600)]
    assert all(after.startswith(before) for before, after in pairwise([*heard, text]))


async def test_a_response_without_sound_is_left_to_the_other_voice() -> None:
    speech = HeldSpeech()
    speech.words("We can help. Shall I?")
    speech.finish(whole=True)
    for index in range(2):
        part = SpokenPart(speech, index, ChangeSignal(), speech.sentences[index].text, 0)
        assert [piece async for piece in part.sound()] == []
        assert (part.left, part.shares_sound) == (part.text, False)


async def test_sound_that_another_voice_took_the_place_of_is_nobodys() -> None:
    """The first sentence was ready and said without its sound; the second had its sound in it."""
    speech = HeldSpeech()
    speech.words("Yes. Shall I?")
    speech.sound(LOUD)
    speech.words("Gladly.")
    speech.finish(whole=True)
    part = SpokenPart(speech, 2, ChangeSignal(), "Gladly.", 0)
    assert [piece async for piece in part.sound()] == []
    assert part.left == "Gladly."


def test_a_full_stop_that_may_be_a_figures_is_waited_on() -> None:
    speech = HeldSpeech()
    assert not speech.words("It is $248.")
    assert not speech.sound(LOUD[:2000])
    assert not speech.words("50 today.")
    (found,) = speech.sound(LOUD)
    assert found.text == "It is $248.50 today."


def test_a_question_is_whole_with_its_mark_and_half_a_sentence_of_a_broken_response_is_none() -> (
    None
):
    speech = HeldSpeech()
    assert [one.text for one in speech.words("Shall I?")] == ["Shall I?"]
    assert not speech.words(" Well then we")
    assert not speech.finish(whole=False)
    assert speech.sentences[-1].end is None


# --- what the server knows -----------------------------------------------------------------------


class Server:
    """Does what it is sent, as theirs would."""

    def __init__(self) -> None:
        self.items: list[tuple[str, dict[str, object]]] = []
        self.turns = 0

    def take(self, messages: Iterable[str], known: ServerConversation) -> list[str]:
        kinds = []
        for text in messages:
            sent = json.loads(text)
            kinds.append(sent["type"])
            match sent["type"]:
                case "conversation.item.create":
                    ids = [item_id for item_id, _ in self.items]
                    after = sent.get("previous_item_id")
                    at = len(ids) if after is None else 0
                    if after not in (None, "root"):
                        at = ids.index(after) + 1
                    self.items.insert(at, (sent["item"]["id"], sent["item"]))
                case "conversation.item.delete":
                    ids = [item_id for item_id, _ in self.items]
                    self.items.pop(ids.index(sent["item_id"]))
                case "input_audio_buffer.commit":
                    self.turns += 1
                    self.items.append((f"turn-{self.turns}", {"type": "sound"}))
                    known.committed(f"turn-{self.turns}")
        return kinds

    def shown(self) -> list[str]:
        return [_shown(body) for _, body in self.items]


def _shown(body: dict[str, object]) -> str:
    if body["type"] == "message":
        content = body["content"]
        assert isinstance(content, list)
        return str(content[0]["text"])
    return str(body.get("arguments") or body.get("output") or body["type"])


def wanted_shown(messages: Sequence[ModelMessage]) -> list[str]:
    return [one.text for one in wanted_items(messages)]


texts = st.sampled_from(["hello", "my ac died", "yes", "no thanks"])
turn = st.one_of(
    st.builds(CallerSaid, texts),
    st.builds(AgentSaid, st.sampled_from(["How can I help?", "All right.", "Goodbye."])),
    st.builds(Instruction, st.just("That was not said.")),
)
requests = st.lists(turn, max_size=7).map(lambda turns: (Instruction("You are Ava."), *turns))


@given(st.lists(requests, min_size=1, max_size=4))
def test_after_each_request_the_server_knows_just_what_it_says(
    asked: list[tuple[ModelMessage, ...]],
) -> None:
    """Whatever the one before was: what is not said is deleted, and nothing is out of order."""
    known, server = ServerConversation(), Server()
    for messages in asked:
        server.take(known.bring_to(messages, lambda _: None), known)
        end = wanted_shown(messages)
        assert server.shown()[len(server.shown()) - len(end) :] == end
        assert [item.item_id for item in known.items] == [name for name, _ in server.items]


@given(requests)
def test_the_same_request_again_sends_nothing(messages: tuple[ModelMessage, ...]) -> None:
    known, server = ServerConversation(), Server()
    server.take(known.bring_to(messages, lambda _: None), known)
    assert not list(known.bring_to(messages, lambda _: None))


def test_the_callers_last_turn_goes_by_its_sound_and_the_case_stands_before_it() -> None:
    known, server = ServerConversation(), Server()
    case = (AgentSaid("", (ToolRequest(CASE, CASE, "{}"),)), ToolReturned(CASE, '{"errand": 1}'))
    first = (Instruction("I"), CallerSaid("hello"), AgentSaid("Hi."))
    server.take(known.bring_to(first, lambda _: None), known)
    sent = server.take(
        known.bring_to((Instruction("I"), *case, *first[1:], CallerSaid("yes")), lambda _: LOUD),
        known,
    )
    assert server.shown() == ["hello", "Hi.", "{}", '{"errand": 1}', "sound"]
    assert sent[-2:] == ["input_audio_buffer.append", "input_audio_buffer.commit"]


def test_a_turn_that_is_older_than_a_request_shows_stays_and_one_taken_back_goes() -> None:
    known, server = ServerConversation(), Server()
    server.take(known.bring_to((Instruction("I"), CallerSaid("4111"), CallerSaid("b")), _no), known)
    server.take(known.bring_to((Instruction("I"), CallerSaid("b"), CallerSaid("c")), _no), known)
    assert server.shown() == ["4111", "b", "c"]
    server.take(
        known.bring_to((Instruction("I"), CallerSaid("[card]"), CallerSaid("b")), _no), known
    )
    assert server.shown() == ["[card]", "b"]


def _no(_: str) -> bytes | None:
    return None


def test_a_request_and_its_result_are_paired_by_the_servers_name_for_them() -> None:
    known, server = ServerConversation(), Server()
    known.called("item_1", "call_x", "quote", '{"a": 1}')
    asked = AgentSaid("", (ToolRequest("call_x-0", "quote", '{"a": 1}'),))
    messages = (Instruction("I"), asked, ToolReturned("call_x-0", '{"total": 248}'))
    (sent,) = known.bring_to(messages, _no)
    assert json.loads(sent)["item"]["call_id"] == "call_x"
    assert not server.items


def spoken(*sentences: str) -> HeldSpeech:
    speech = HeldSpeech()
    for _ in streamed(speech, sentences, 0, 800):
        for sentence in speech.sentences:
            sentence.accepted = True
    return speech


@pytest.mark.parametrize(
    ("heard_to", "wanted", "sends"),
    [
        (None, "We can help. Shall I?", []),
        (4800, "We can", ["conversation.item.truncate"]),
        (4800, "We can help. Shall I?", ["conversation.item.truncate",
                                         "conversation.item.delete", "conversation.item.create"]),
        (0, "", ["conversation.item.truncate", "conversation.item.delete"]),
    ],
)  # fmt: skip
def test_what_was_cut_off_is_known_as_it_was_heard(
    heard_to: int | None, wanted: str, sends: list[str]
) -> None:
    known = ServerConversation()
    known.said("item_1", spoken("We can help.", "Shall I?"))
    sent = list(known.heard_to("item_1", heard_to)) if heard_to is not None else []
    sent += known.bring_to((Instruction("I"), *([AgentSaid(wanted)] if wanted else [])), _no)
    assert [json.loads(one)["type"] for one in sent] == sends
    if "conversation.item.truncate" in sends and heard_to is not None:
        assert json.loads(sent[0])["audio_end_ms"] == heard_to // 8


def test_kinds_of_items_do_not_stand_for_each_other() -> None:
    known = ServerConversation()
    list(known.bring_to((Instruction("I"), CallerSaid("yes")), _no))
    assert not known.items[0].is_what(WantedItem(ItemKind.AGENT, "yes"))


# --- what was heard ------------------------------------------------------------------------------

pieces = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.integers(1, 900)), max_size=12
)


@given(pieces, st.integers(0, 3), st.integers(0, 9000), st.integers(0, 4))
def test_no_more_is_heard_of_an_item_than_was_played(
    given_to_the_line: list[tuple[int, str, int]], ear: int, position: int, through: int
) -> None:
    places, at, item_at = PlayedPlaces(), {0: 0, 1: 0, 2: 0}, {"a": 0, "b": 0}
    for utterance, item, samples in sorted(given_to_the_line, key=lambda one: one[0]):
        places.add(PlayedPiece(utterance + 1, at[utterance], item, item_at[item], samples))
        at[utterance] += samples
        item_at[item] += samples
    heard = places.cut(Played(ear, position, done=False, first_sent_s=0.0), through)
    for item, samples in heard.items():
        assert 0 <= samples <= item_at[item]
    assert not places.cut(Played(ear, position, done=False, first_sent_s=0.0), through)


def test_a_filler_before_the_models_sound_is_not_the_models() -> None:
    places = PlayedPlaces()
    places.add(PlayedPiece(3, 4000, "a", 0, 8000))
    assert places.cut(Played(3, 5600, done=False, first_sent_s=0.0), 3) == {"a": 1600}


def test_the_sound_of_a_turn_is_found_by_its_words_only() -> None:
    sounds = CallerSounds()
    for words, sound in (("hello", b"h"), ("my ac", b"m"), ("died", b"d")):
        sounds.started()
        sounds.sound(sound)
        sounds.finished()
        sounds.worded(words)
    assert sounds.of("died") == b"d"
    assert sounds.of("my ac died") == b"md"
    assert sounds.of("my ac di") is None
    assert sounds.of("[withheld]") is None


def test_a_turn_without_words_gives_its_sound_to_no_other() -> None:
    sounds = CallerSounds()
    sounds.started()
    sounds.sound(b"4111")
    sounds.finished()
    sounds.started()
    sounds.worded("late words of the turn before")
    sounds.sound(b"h")
    sounds.finished()
    sounds.worded("hello")
    assert sounds.of("hello") == b"h"
    assert sounds.of("late words of the turn before") is None


# --- the wire and the table ----------------------------------------------------------------------

DONE = {"id": "r", "usage": {"input_tokens": 9, "output_tokens": 4,
                             "input_token_details": {"cached_tokens": 3}}}  # fmt: skip


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"type": "session.created", "session": {}}, SessionReady()),
        ({"type": "input_audio_buffer.committed", "item_id": "i"}, TurnCommitted("i")),
        (
            {"type": "response.created", "response": {"id": "r", "metadata": {"number": "7"}}},
            ResponseBegun("r", 7),
        ),
        ({"type": "response.created", "response": {"id": "r"}}, ResponseBegun("r", -1)),
        (
            {"type": "response.output_audio_transcript.delta", "response_id": "r", "item_id": "i",
             "delta": "Hi "},
            WordsCame("r", "i", "Hi "),
        ),
        (
            {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i",
             "delta": base64.b64encode(b"ab").decode()},
            SoundCame("r", "i", b"ab"),
        ),
        ({"type": "response.output_audio.delta", "response_id": "r", "delta": "%"}, None),
        (
            {"type": "response.function_call_arguments.done", "response_id": "r", "item_id": "i",
             "call_id": "c", "name": "quote", "arguments": "{}"},
            CallCame("r", "i", ToolRequest("c", "quote", "{}")),
        ),
        (
            {"type": "response.done", "response": {**DONE, "status": "completed"}},
            ResponseOver("r", StopReason.COMPLETE, TokenUsage(9, 3, 4)),
        ),
        (
            {"type": "response.done", "response": {**DONE, "status": "incomplete",
             "status_details": {"reason": "content_filter"}}},
            ResponseOver("r", StopReason.WITHHELD, TokenUsage(9, 3, 4)),
        ),
        (
            {"type": "response.done", "response": {**DONE, "status": "incomplete",
             "status_details": {"reason": "max_output_tokens"}}},
            ResponseOver("r", StopReason.CUT, TokenUsage(9, 3, 4)),
        ),
        (
            {"type": "error", "error": {"code": "x", "event_id": "ask-1"}},
            MessageRefused("ask-1", "x"),
        ),
        ({"type": "rate_limits.updated", "rate_limits": []}, None),
        ({"type": "response.done", "response": 5}, None),
        ([], None),
    ],
)  # fmt: skip
def test_messages_are_read_as_they_are_meant(message: object, event: object) -> None:
    assert read(json.dumps(message)) == event


@given(st.lists(st.sampled_from(table.ResponseEvent), max_size=20))
def test_a_response_is_asked_for_only_when_none_is_and_cancelled_only_when_it_has_begun(
    events: list[table.ResponseEvent],
) -> None:
    state, begun, open_ones = table.ResponseState.NONE, False, 0
    for event in events:
        begun = begun or event is table.ResponseEvent.BEGUN
        state, act = table.moved(state, event)
        if act is table.ResponseAct.CREATE:
            open_ones, begun = open_ones + 1, False
        if act is table.ResponseAct.FINISH:
            open_ones -= 1
        assert act is not table.ResponseAct.CANCEL or begun
        assert open_ones == (state is not table.ResponseState.NONE)


def test_every_response_that_was_asked_for_can_end() -> None:
    ends = {state for (state, _), (to, _) in table.TABLE.items() if to is table.ResponseState.NONE}
    assert ends == set(table.ResponseState) - {table.ResponseState.NONE}
