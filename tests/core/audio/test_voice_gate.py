from __future__ import annotations

from voiceagent.core.audio.voice_gate import VoiceChange, VoiceGate, VoiceTuning

Levels = tuple[float, ...]

LOUD: Levels = (-20.0,) * 4
QUIET: Levels = (-90.0,) * 4
HALF: Levels = (-20.0, -20.0, -90.0, -90.0)


def heard(gate: VoiceGate, windows: list[tuple[float, Levels]]) -> list[tuple[int, VoiceChange]]:
    found = []
    for probability, levels in windows:
        found += [(gate.position, voice) for voice in gate.window(probability, levels)]
    return [(at // 8, voice) for at, voice in found]


def test_voice_begins_lasts_and_ends_when_it_should() -> None:
    gate = VoiceGate(VoiceTuning())
    events = heard(gate, [(0.0, QUIET)] * 10 + [(0.9, LOUD)] * 10 + [(0.0, QUIET)] * 10)
    # Positions before the window that made the event: voice runs from 320 ms to 640 ms.
    assert events == [(384, VoiceChange.STARTED), (800, VoiceChange.SILENT)]
    assert gate.dead_quiet
    assert gate.onset == 320 * 8
    assert gate.last_voiced == 640 * 8


def test_a_click_is_not_voice() -> None:
    gate = VoiceGate(VoiceTuning())
    assert heard(gate, [(0.9, LOUD), (0.0, QUIET)] * 20) == []
    assert not gate.active


def test_the_level_places_the_end_while_the_probability_has_a_tail() -> None:
    gate = VoiceGate(VoiceTuning())
    heard(gate, [(0.9, LOUD)] * 5 + [(0.9, HALF)] + [(0.9, QUIET)] * 2)
    assert gate.last_voiced == (5 * 32 + 16) * 8
    assert gate.silence_ms == 16 + 64


def test_a_dip_inside_a_word_is_not_a_pause() -> None:
    gate = VoiceGate(VoiceTuning())
    events = heard(gate, [(0.9, LOUD)] * 4 + [(0.2, QUIET)] * 3 + [(0.4, LOUD)] * 4)
    assert [voice for _, voice in events] == [VoiceChange.STARTED]


def test_a_noisy_background_does_not_swallow_the_speech() -> None:
    noise = (-32.0,) * 4
    gate = VoiceGate(VoiceTuning())
    heard(gate, [(0.05, noise)] * 200 + [(0.9, LOUD)] * 10 + [(0.6, noise)] * 3)
    assert gate.last_voiced == 210 * 256
    assert not gate.dead_quiet


def test_sound_as_loud_as_the_caller_is_not_quiet_and_only_so_long() -> None:
    gate = VoiceGate(VoiceTuning())
    heard(gate, [(0.9, LOUD)] * 10 + [(0.1, QUIET)] * 10 + [(0.1, LOUD)] * 2)
    assert gate.quiet_ms == gate.silence_ms == 384
    heard(gate, [(0.1, LOUD)])
    assert gate.quiet_ms == 0
    assert gate.silence_ms == 416
    heard(gate, [(0.1, LOUD)] * 200)
    assert gate.quiet_ms > 4000


def hissed(probability: float, *, windows: int, eager: bool, hiss: bool = True) -> VoiceGate:
    """After some windows of hiss and one of something else with this probability."""
    gate = VoiceGate(VoiceTuning())
    heard(gate, [(0.0, QUIET)] * 10)
    soft = (-45.0,) * 4
    for _ in range(windows):
        gate.window(0.02, soft, eager=eager, hiss=hiss)
    gate.window(probability, LOUD, eager=eager)
    return gate


def test_what_follows_a_hiss_over_our_speech_is_believed_sooner() -> None:
    least = VoiceTuning().hiss_on
    assert hissed(least, windows=3, eager=True).active
    assert not hissed(least - 0.01, windows=3, eager=True).active
    assert not hissed(least, windows=1, eager=True).active
    assert not hissed(least, windows=3, eager=True, hiss=False).active
    assert not hissed(0.9, windows=3, eager=False).active


def test_a_hiss_alone_is_not_voice() -> None:
    assert not hissed(0.02, windows=40, eager=True).active
