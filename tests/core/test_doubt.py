from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voiceagent.core.doubt import WINDOW_MS, Doubt, DoubtTuning, Mind, Opinion

TUNING = DoubtTuning()
NOD = Opinion(0.05, 0.9, 0.03, 0.02)
WORDS = Opinion(0.9, 0.05, 0.03, 0.02)
FILLER = Opinion(0.05, 0.05, 0.88, 0.02)
NOISE = Opinion(0.02, 0.03, 0.05, 0.9)
FAR = 10_000.0

opinions = st.none() | st.builds(
    lambda parts: Opinion(*(part / sum(parts) for part in parts)),
    st.tuples(*[st.floats(0.01, 1.0)] * 4),
)


def judge(*, caller_db: float | None = -15.0) -> Doubt:
    doubt = Doubt(TUNING)
    if caller_db is not None:
        doubt.learn(caller_db)
    doubt.begin(gap_ms=FAR)
    return doubt


def lasting(
    doubt: Doubt,
    voice_ms: int,
    opinion: Opinion | None = None,
    *,
    level_db: float = -15.0,
    probability: float = 0.95,
    speaking: bool = True,
) -> list[tuple[int, Mind]]:
    """What was said, and after how much voice."""
    said = []
    for _ in range(voice_ms // WINDOW_MS - 1):
        mind = doubt.window(probability, level_db, opinion, speaking=speaking)
        if mind is not None:
            said.append((doubt.voiced_ms, mind))
    return said


def test_voice_that_goes_on_wants_the_floor() -> None:
    assert lasting(judge(), 2000) == [(TUNING.sure_ms, Mind.MEANT)]


def test_a_short_sound_without_an_opinion_does_not() -> None:
    doubt = judge()
    assert lasting(doubt, 400) == []
    assert doubt.ended(speaking=True) is None


def test_certain_words_count_soon_and_certain_hums_sooner() -> None:
    assert lasting(judge(), 512, WORDS) == [(TUNING.words_after_ms, Mind.MEANT)]
    assert lasting(judge(), 512, NOD) == [(TUNING.slight_after_ms, Mind.SLIGHT)]


def test_a_blip_and_nothing_after_it_is_over_at_once() -> None:
    doubt = judge()
    lasting(doubt, 96)
    assert [doubt.lull(None, speaking=True) for _ in range(3)] == [None, Mind.SLIGHT, None]
    longer = judge()
    lasting(longer, 160)
    assert [longer.lull(None, speaking=True) for _ in range(3)] == [None, None, None]
    assert longer.lull(FILLER, speaking=True) is Mind.SLIGHT


def test_a_hum_that_goes_on_is_somebody_speaking_after_all() -> None:
    assert lasting(judge(), 2000, NOD)[-1] == (TUNING.over_ms, Mind.MEANT)


def test_two_short_sounds_close_together_are_one() -> None:
    doubt = judge()
    lasting(doubt, 384, NOD)
    assert doubt.ended(speaking=True) is None
    doubt.begin(gap_ms=200)
    assert lasting(doubt, 480, NOD)[-1][1] is Mind.MEANT


def test_somebody_else_in_the_room_is_softer_than_the_caller() -> None:
    said = lasting(judge(), 3000, WORDS, level_db=-15.0 - TUNING.soft_db - 1)
    assert [mind for _, mind in said if mind is not Mind.MEANT] == [Mind.NOISE]
    assert lasting(judge(), 256, WORDS, level_db=-27.0)[-1][1] is Mind.MEANT


def test_the_caller_over_the_television_is_heard() -> None:
    doubt = judge()
    lasting(doubt, 2000, level_db=-40.0)
    assert doubt.mind is Mind.NOISE
    lasting(doubt, 64, WORDS)
    assert doubt.mind is Mind.MEANT


def test_a_voice_that_begins_softly_is_not_taken_for_the_caller_at_once() -> None:
    doubt = judge()
    lasting(doubt, 192, level_db=-40.0)
    assert lasting(doubt, 128, NOD) == [(doubt.voiced_ms - 64, Mind.SLIGHT)]


def test_a_shouted_word_is_meant() -> None:
    doubt = judge()
    lasting(doubt, 256, level_db=-15.0 + TUNING.shout_db)
    assert doubt.ended(speaking=True) is Mind.MEANT


def test_a_loud_sound_claims_more_than_a_soft_one() -> None:
    """Half a word: taken for one when it is loud, for a nod when it is soft."""
    torn = Opinion(0.5, 0.4, 0.08, 0.02)
    for level_db, mind in ((-9.0, Mind.MEANT), (-23.0, Mind.SLIGHT)):
        assert lasting(judge(), 320, torn, level_db=level_db)[-1][1] is mind


def test_when_in_doubt_we_go_on_before_our_pause_is_heard() -> None:
    torn = Opinion(0.48, 0.42, 0.08, 0.02)
    assert lasting(judge(), 320, torn) == [(TUNING.pause_ms, Mind.SLIGHT)]


def test_what_was_called_slight_is_meant_when_its_end_says_so() -> None:
    doubt = judge()
    assert lasting(doubt, 224, NOD)[-1][1] is Mind.SLIGHT
    said = [doubt.lull(WORDS, speaking=True) for _ in range(4)]
    assert Mind.MEANT in said


def test_at_its_end_a_sound_that_was_called_slight_must_claim_more() -> None:
    torn = Opinion(0.35, 0.6, 0.03, 0.02)
    unsaid, slight = judge(), judge()
    assert lasting(unsaid, TUNING.slight_after_ms, torn) == []
    assert lasting(slight, TUNING.pause_ms, torn)[-1][1] is Mind.SLIGHT
    assert [unsaid.lull(torn, speaking=True) for _ in range(2)][-1] is Mind.MEANT
    assert [slight.lull(torn, speaking=True) for _ in range(2)] == [None, None]


def test_we_do_not_wait_in_silence_to_learn_whether_it_was_a_nod_or_a_noise() -> None:
    hissed = Opinion(0.02, 0.35, 0.03, 0.6)
    assert lasting(judge(), 320, hissed) == [(TUNING.slight_after_ms, Mind.SLIGHT)]


def test_while_we_listen_a_short_word_is_an_answer_and_an_um_is_not() -> None:
    for opinion, mind in ((None, Mind.MEANT), (NOD, Mind.MEANT), (FILLER, Mind.NOISE)):
        doubt = judge()
        lasting(doubt, 256, opinion, speaking=False)
        assert doubt.mind is Mind.MEANT or doubt.ended(speaking=False) is mind


def test_a_bark_is_nobodys_turn() -> None:
    doubt = judge()
    lasting(doubt, 352, NOISE, probability=0.6, speaking=False)
    assert doubt.mind is Mind.NOISE
    assert doubt.ended(speaking=False) is None


def test_what_the_voice_model_insists_on_is_not_noise() -> None:
    assert lasting(judge(), 640, NOISE, probability=0.95)[-1][1] is Mind.MEANT


def test_in_the_quiet_it_need_not_insist_so_much() -> None:
    """A missed answer is worse than a cough that is taken for one."""
    doubt = judge()
    lasting(doubt, 256, NOISE, probability=0.7, speaking=False)
    assert doubt.ended(speaking=False) is Mind.MEANT


@given(
    st.lists(st.tuples(st.floats(0.35, 1.0), opinions), min_size=60, max_size=60),
    st.none() | st.floats(-40.0, -5.0),
    st.booleans(),
)
def test_a_voice_as_loud_as_the_caller_always_gets_the_floor(
    windows: list[tuple[float, Opinion | None]], caller_db: float | None, speaking: bool
) -> None:
    """Nobody is talked over for longer than `noise_over_ms`, nor for `over_ms` if it is speech."""
    doubt = judge(caller_db=caller_db)
    for probability, opinion in windows:
        doubt.window(probability, caller_db or -20.0, opinion, speaking=speaking)
        if doubt.mind is Mind.MEANT:
            break
        assert doubt.voiced_ms < TUNING.noise_over_ms
        assert doubt.mind is Mind.NOISE or doubt.voiced_ms < TUNING.over_ms
    assert doubt.mind is Mind.MEANT


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(-60.0, 0.0), opinions)), st.booleans())
def test_our_sound_is_not_withheld_for_longer_than_it_takes_to_be_sure(
    windows: list[tuple[float, float, Opinion | None]], speaking: bool
) -> None:
    doubt = judge()
    for probability, level_db, opinion in windows:
        mind = doubt.window(probability, level_db, opinion, speaking=speaking)
        assert mind in (None, doubt.mind)
        if doubt.mind is Mind.OPEN:
            assert doubt.voiced_ms < TUNING.sure_ms or not speaking
