from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.turns.interruption import (
    WINDOW_MS,
    InterruptionJudge,
    InterruptionTuning,
    InterruptionVerdict,
    SoundScores,
)

TUNING = InterruptionTuning()
NOD = SoundScores(0.05, 0.9, 0.03, 0.02)
WORDS = SoundScores(0.9, 0.05, 0.03, 0.02)
FILLER = SoundScores(0.05, 0.05, 0.88, 0.02)
NOISE = SoundScores(0.02, 0.03, 0.05, 0.9)
FAR = 10_000.0

opinions = st.none() | st.builds(
    lambda parts: SoundScores(*(part / sum(parts) for part in parts)),
    st.tuples(*[st.floats(0.01, 1.0)] * 4),
)


def judge(*, caller_db: float | None = -15.0) -> InterruptionJudge:
    interruption = InterruptionJudge(TUNING)
    if caller_db is not None:
        interruption.learn(caller_db)
    interruption.begin(gap_ms=FAR)
    return interruption


def so_far(interruption: InterruptionJudge) -> InterruptionVerdict | None:
    return interruption.verdict


def lasting(
    interruption: InterruptionJudge,
    voice_ms: int,
    scores: SoundScores | None = None,
    *,
    level_db: float = -15.0,
    probability: float = 0.95,
    speaking: bool = True,
) -> list[tuple[int, InterruptionVerdict]]:
    """What was said, and after how much voice."""
    said = []
    for _ in range(voice_ms // WINDOW_MS - 1):
        verdict = interruption.window(probability, level_db, scores, speaking=speaking)
        if verdict is not None:
            said.append((interruption.voiced_ms, verdict))
    return said


def test_voice_that_goes_on_wants_the_floor() -> None:
    assert lasting(judge(), 2000) == [(TUNING.sure_ms, InterruptionVerdict.INTERRUPTION)]


def test_a_short_sound_without_an_opinion_does_not() -> None:
    interruption = judge()
    assert lasting(interruption, 400) == []
    assert interruption.ended(speaking=True) is None


def test_certain_words_count_soon_and_certain_hums_sooner() -> None:
    assert lasting(judge(), 512, WORDS) == [
        (TUNING.words_after_ms, InterruptionVerdict.INTERRUPTION)
    ]
    assert lasting(judge(), 512, NOD) == [
        (TUNING.backchannel_after_ms, InterruptionVerdict.BACKCHANNEL)
    ]


def test_a_blip_and_nothing_after_it_is_over_at_once() -> None:
    interruption = judge()
    lasting(interruption, 96)
    assert [interruption.lull(None, speaking=True) for _ in range(3)] == [
        None,
        InterruptionVerdict.BACKCHANNEL,
        None,
    ]
    longer = judge()
    lasting(longer, 160)
    assert [longer.lull(None, speaking=True) for _ in range(3)] == [None, None, None]
    assert longer.lull(FILLER, speaking=True) is InterruptionVerdict.BACKCHANNEL


def test_a_hum_that_goes_on_is_somebody_speaking_after_all() -> None:
    assert lasting(judge(), 2000, NOD)[-1] == (TUNING.over_ms, InterruptionVerdict.INTERRUPTION)


def test_two_short_sounds_close_together_are_one() -> None:
    interruption = judge()
    lasting(interruption, 384, NOD)
    assert interruption.ended(speaking=True) is None
    interruption.begin(gap_ms=200)
    assert lasting(interruption, 480, NOD)[-1][1] is InterruptionVerdict.INTERRUPTION


def test_somebody_else_in_the_room_is_softer_than_the_caller() -> None:
    said = lasting(judge(), 3000, WORDS, level_db=-15.0 - TUNING.soft_db - 1)
    assert [verdict for _, verdict in said if verdict is not InterruptionVerdict.INTERRUPTION] == [
        InterruptionVerdict.NOISE
    ]
    assert lasting(judge(), 256, WORDS, level_db=-27.0)[-1][1] is InterruptionVerdict.INTERRUPTION


def test_the_caller_over_the_television_is_heard() -> None:
    interruption = judge()
    lasting(interruption, 2000, level_db=-40.0)
    assert so_far(interruption) is InterruptionVerdict.NOISE
    lasting(interruption, 64, WORDS)
    assert so_far(interruption) is InterruptionVerdict.INTERRUPTION


def test_a_voice_that_begins_softly_is_not_taken_for_the_caller_at_once() -> None:
    interruption = judge()
    lasting(interruption, 192, level_db=-40.0)
    assert lasting(interruption, 128, NOD) == [
        (interruption.voiced_ms - 64, InterruptionVerdict.BACKCHANNEL)
    ]


def test_a_shouted_word_is_meant() -> None:
    interruption = judge()
    lasting(interruption, 256, level_db=-15.0 + TUNING.shout_db)
    assert interruption.ended(speaking=True) is InterruptionVerdict.INTERRUPTION


def test_a_loud_sound_claims_more_than_a_soft_one() -> None:
    """Half a word: taken for one when it is loud, for a nod when it is soft."""
    torn = SoundScores(0.5, 0.4, 0.08, 0.02)
    for level_db, verdict in (
        (-9.0, InterruptionVerdict.INTERRUPTION),
        (-23.0, InterruptionVerdict.BACKCHANNEL),
    ):
        assert lasting(judge(), 320, torn, level_db=level_db)[-1][1] is verdict


def test_when_in_doubt_we_go_on_before_our_pause_is_heard() -> None:
    torn = SoundScores(0.48, 0.42, 0.08, 0.02)
    assert lasting(judge(), 320, torn) == [(TUNING.pause_ms, InterruptionVerdict.BACKCHANNEL)]


def test_what_was_called_slight_is_meant_when_its_end_says_so() -> None:
    interruption = judge()
    assert lasting(interruption, 224, NOD)[-1][1] is InterruptionVerdict.BACKCHANNEL
    said = [interruption.lull(WORDS, speaking=True) for _ in range(4)]
    assert InterruptionVerdict.INTERRUPTION in said


@pytest.mark.parametrize("read", [False, True])
def test_at_its_end_a_sound_that_was_called_slight_must_claim_more(*, read: bool) -> None:
    torn = SoundScores(0.35, 0.6, 0.03, 0.02)
    likely = SoundScores(0.62, 0.34, 0.03, 0.01) if read else torn
    unsaid, slight = (InterruptionJudge(TUNING, reads_again=read) for _ in range(2))
    for one in (unsaid, slight):
        one.learn(-15.0)
        one.begin(gap_ms=5000.0)
    assert lasting(unsaid, TUNING.backchannel_after_ms, likely) == []
    assert lasting(slight, TUNING.pause_ms, torn)[-1][1] is InterruptionVerdict.BACKCHANNEL
    said = [unsaid.lull(likely, speaking=True) for _ in range(2)]
    assert said[-1] is InterruptionVerdict.INTERRUPTION
    assert {slight.lull(likely, speaking=True) for _ in range(2)} == {None}


def test_we_do_not_wait_in_silence_to_learn_whether_it_was_a_nod_or_a_noise() -> None:
    hissed = SoundScores(0.02, 0.35, 0.03, 0.6)
    assert lasting(judge(), 320, hissed) == [
        (TUNING.backchannel_after_ms, InterruptionVerdict.BACKCHANNEL)
    ]


def test_while_we_listen_a_short_word_is_an_answer_and_an_um_is_not() -> None:
    for scores, verdict in (
        (None, InterruptionVerdict.INTERRUPTION),
        (NOD, InterruptionVerdict.INTERRUPTION),
        (FILLER, InterruptionVerdict.NOISE),
    ):
        interruption = judge()
        lasting(interruption, 256, scores, speaking=False)
        assert (
            interruption.verdict is InterruptionVerdict.INTERRUPTION
            or interruption.ended(speaking=False) is verdict
        )


def test_a_bark_is_nobodys_turn() -> None:
    interruption = judge()
    lasting(interruption, 352, NOISE, probability=0.6, speaking=False)
    assert interruption.verdict is InterruptionVerdict.NOISE
    assert interruption.ended(speaking=False) is None


def test_what_the_voice_model_insists_on_is_not_noise() -> None:
    assert lasting(judge(), 640, NOISE, probability=0.95)[-1][1] is InterruptionVerdict.INTERRUPTION


def test_in_the_quiet_it_need_not_insist_so_much() -> None:
    """A missed answer is worse than a cough that is taken for one."""
    interruption = judge()
    lasting(interruption, 256, NOISE, probability=0.7, speaking=False)
    assert interruption.ended(speaking=False) is InterruptionVerdict.INTERRUPTION


@pytest.mark.thorough
@given(
    st.lists(st.tuples(st.floats(0.35, 1.0), opinions), min_size=60, max_size=60),
    st.none() | st.floats(-40.0, -5.0),
    st.booleans(),
)
def test_a_voice_as_loud_as_the_caller_always_gets_the_floor(
    windows: list[tuple[float, SoundScores | None]], caller_db: float | None, speaking: bool
) -> None:
    """Nobody is talked over for longer than `noise_over_ms`, nor for `over_ms` if it is speech."""
    interruption = judge(caller_db=caller_db)
    for probability, scores in windows:
        interruption.window(probability, caller_db or -20.0, scores, speaking=speaking)
        if interruption.verdict is InterruptionVerdict.INTERRUPTION:
            break
        assert interruption.voiced_ms < TUNING.noise_over_ms
        assert (
            interruption.verdict is InterruptionVerdict.NOISE
            or interruption.voiced_ms < TUNING.over_ms
        )
    assert interruption.verdict is InterruptionVerdict.INTERRUPTION


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(-60.0, 0.0), opinions)), st.booleans())
def test_our_sound_is_not_withheld_for_longer_than_it_takes_to_be_sure(
    windows: list[tuple[float, float, SoundScores | None]], speaking: bool
) -> None:
    interruption = judge()
    for probability, level_db, scores in windows:
        verdict = interruption.window(probability, level_db, scores, speaking=speaking)
        assert verdict in (None, interruption.verdict)
        if interruption.verdict is InterruptionVerdict.UNDECIDED:
            assert interruption.voiced_ms < TUNING.sure_ms or not speaking


def in_quiet(lasted_ms: int, scores: SoundScores | None, *, read: bool) -> bool:
    """Whether a sound in the quiet begins a turn by itself."""
    heard = InterruptionJudge(TUNING, reads_again=read)
    heard.learn(-15.0)
    heard.begin(gap_ms=5000.0)
    for _ in range(lasted_ms // WINDOW_MS - 1):
        heard.window(0.9, -15.0, scores, speaking=False)
    heard.ended(speaking=False)
    return heard.verdict is InterruptionVerdict.INTERRUPTION


@pytest.mark.parametrize(
    ("scores", "lasted_ms", "unread", "read"),
    [
        (SoundScores(0.97, 0.01, 0.01, 0.01), 224, True, True),
        (SoundScores(0.01, 0.97, 0.01, 0.01), 384, True, True),
        (SoundScores(0.4, 0.2, 0.35, 0.05), 224, True, False),
        (SoundScores(0.4, 0.2, 0.35, 0.05), 640, True, False),
        (SoundScores(0.4, 0.2, 0.35, 0.05), TUNING.read_over_ms, True, True),
        (SoundScores(0.05, 0.05, 0.85, 0.05), 384, False, False),
        (None, 224, True, False),
    ],
)
def test_in_the_quiet_what_may_be_no_answer_waits_for_who_reads_it(
    scores: SoundScores | None, lasted_ms: int, unread: bool, read: bool
) -> None:
    assert in_quiet(lasted_ms, scores, read=False) is unread
    assert in_quiet(lasted_ms, scores, read=True) is read
