"""R5: two kinds of providers, ten faults, three moments, in virtual time over loopback sockets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from loadtest.bench.server.failover.call import GREETING, REPLIES
from loadtest.bench.server.failover.cells import (
    CELLS,
    MOST_P95_S,
    MOST_S,
    Cell,
    CellFinding,
    CellParts,
    marked,
    near,
    p95_s,
    run,
    spoken_once,
    without,
)
from loadtest.bench.server.failover.marked import MarkedWords
from loadtest.simulator import g711
from tests.providers.hearing_backup import BackupSTT
from tests.support import virtual_time
from voiceagent.core.failover.chain import NOBODY, ChainKind
from voiceagent.language.en_us.speak import speakable

SAID = ("yes please go ahead", "my air conditioner stopped cooling")
WORDS = MarkedWords()
STAGE = CellParts(
    words=WORDS,
    turns=[WORDS.sound(text) for text in SAID],
    expected=[frozenset({text}) for text in SAID],
    recognise=WORDS.recognise,
    backup_stt=lambda _: BackupSTT(WORDS.recognise),
    backup_voice=marked(WORDS),
)

found: list[CellFinding] = []


@pytest.fixture(scope="module", autouse=True)
def all_cells_together() -> Iterator[None]:
    """What is asked of all cells that ran."""
    yield
    if len(found) == len(CELLS):
        assert p95_s(found) <= MOST_P95_S


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_nobody_is_dropped_or_kept_waiting_and_no_word_or_sentence_is_lost_or_twice(
    cell: Cell,
) -> None:
    finding = virtual_time.run(run(cell, STAGE))
    found.append(finding)
    assert not finding.misses
    assert finding.worst_s <= MOST_S
    assert sum(finding.failovers.values()) >= 1
    assert not [name for name in finding.failovers if NOBODY in name]


def test_all_cells_are_there() -> None:
    assert len(CELLS) == 60
    assert {cell.kind for cell in CELLS} == {ChainKind.STT, ChainKind.TTS}


WHOLE = "The visit is two hundred forty-eight dollars, tonight."


@pytest.mark.parametrize(
    ("sounded", "wrong"),
    [
        (WHOLE, ""),
        ("The visit is two hundred The visit", "'The' sounded"),
        (f"{WHOLE} {WHOLE}", "'The' sounded"),
        ("The visit is two hundred two hundred forty-eight dollars, tonight.", ""),
        ("The visit visit is two hundred forty-eight dollars, tonight.", ""),
        ("The visit is two hundred forty-eight dollars,", "only 7 of 8"),
        ("The visit two hundred forty-eight dollars, tonight.", "'two' sounded"),
        ("", "only 0 of 8"),
    ],
)
def test_a_sentence_that_is_lost_or_said_twice_is_noticed(sounded: str, wrong: str) -> None:
    words = MarkedWords()
    words.sound(WHOLE)
    sound = words.sound(sounded) if sounded else np.zeros(9, np.int16)
    said = spoken_once(["The visit is $248, tonight."], words.read(sound))
    assert said.startswith(wrong) if wrong else not said


def test_words_survive_the_telephone_and_half_a_word_is_none() -> None:
    words = MarkedWords()
    text = " ".join(word for reply in (GREETING, *REPLIES) for word in spoken(reply))
    sound = words.sound(text)
    coded = g711.decode(g711.encode(sound))
    assert [one.text for one in words.recognise(coded)] == text.split()
    assert all(one.whole for one in words.read(coded))
    first, *_ = words.starts(text)[1:]
    assert [one.whole for one in words.read(sound[: first // 2])] == [False]


@pytest.mark.parametrize(
    ("heard", "is_near"),
    [
        ("no no gas no smell of no carbon monoxide", True),
        ("no no gas no smoke no carbon monoxide", True),
        ("no no gas no", False),
        ("carbon monoxide", False),
        ("no no gas no smoke no carbon monoxide no no gas no smoke", False),
        ("nothing", False),
    ],
)
def test_a_misheard_turn_is_told_from_half_a_turn_and_from_one_and_a_half(
    heard: str, *, is_near: bool
) -> None:
    assert near(heard, "no no gas no smoke no carbon monoxide") == is_near


def test_an_apology_of_the_engine_is_no_answer() -> None:
    words = MarkedWords()
    sounded = words.read(words.sound("One two. I am slow. Three."))
    assert [one.text for one in without("I am slow.", sounded)] == ["One", "two.", "Three."]


def spoken(text: str) -> list[str]:
    return [word for token in speakable(text) for word in token.spoken.split()]
