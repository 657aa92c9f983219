"""Who calls and when, faults and budgets: tables and properties without sockets or clocks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtest.replay.budgets import NAMES, BudgetError, LoadBudget, from_file, from_flag, judged
from loadtest.replay.callers import (
    CallersError,
    Cast,
    KnownSounds,
    Manners,
    RecordedCaller,
    from_folder,
    from_script,
)
from loadtest.replay.faults import FaultError, FaultyPart, PlannedFault
from loadtest.replay.figures import CpuTimes, counts, slowest, spread, spreads
from loadtest.replay.results import BudgetVerdict
from loadtest.replay.schedule import CallSchedule, LoadPlan
from loadtest.simulator.providers.faults import FaultMoment
from loadtest.simulator.script import After, At, DuringAgent, EndCall, PlayWav, Press, Silence
from tests.loadtest.conftest import spoken
from tests.loadtest.replay.made import a_call, a_reply, a_turn

FIXTURES = Path("audio_fixtures")


@given(
    lines=st.integers(1, 30),
    ramp_s=st.floats(0, 60),
    seconds=st.none() | st.floats(0.1, 100),
    total=st.none() | st.integers(1, 60),
    durations=st.lists(st.floats(0.1, 20), min_size=1, max_size=20),
)
def test_never_more_calls_than_lines_nor_than_were_asked_for(
    lines: int, ramp_s: float, seconds: float | None, total: int | None, durations: list[float]
) -> None:
    if seconds is None and total is None:
        return
    plan = LoadPlan(lines, ramp_s, seconds, total)
    schedule = CallSchedule(plan)
    free = [(schedule.begins_s(line), line) for line in range(lines)]
    begun: list[tuple[float, int, int]] = []
    while free:
        now_s, line = free.pop(free.index(min(free)))
        call = schedule.next_call(line, now_s)
        if call is None:
            continue
        begun.append((now_s, call.number, call.line))
        free.append((now_s + durations[call.number % len(durations)], line))
    assert [number for _, number, _ in begun] == list(range(len(begun)))
    assert total is None or len(begun) <= total
    assert seconds is None or all(at_s < seconds for at_s, _, _ in begun)
    firsts = {line: at_s for at_s, _, line in reversed(begun)}
    for line, at_s in firsts.items():
        assert at_s == pytest.approx(line * ramp_s / lines)
    if seconds is None:
        assert len(begun) == total


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": 0, "total": 1},
        {"lines": 1},
        {"lines": 1, "total": 0},
        {"lines": 1, "seconds": 0.0},
        {"lines": 1, "total": 1, "ramp_s": -1.0},
    ],
)
def test_a_load_without_bounds_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="a load"):
        LoadPlan(**wrong)


def callers() -> tuple[RecordedCaller, ...]:
    steps = tuple(PlayWav(spoken(200)) for _ in range(5))
    return (
        RecordedCaller("often", steps, weight=3),
        RecordedCaller("once", (*steps, EndCall(After(0)))),
    )


def test_callers_take_turns_by_weight() -> None:
    cast = Cast(callers())
    names = [cast.caller(number).name for number in range(8)]
    assert names == ["often", "often", "often", "once"] * 2


@given(number=st.integers(0, 1000), seed=st.integers(0, 99), share=st.floats(0, 1))
def test_a_call_is_the_same_every_time_and_its_first_turn_waits(
    number: int, seed: int, share: float
) -> None:
    cast = Cast(callers(), Manners(barge_ins=share, keys="1#"))
    steps = cast.script(number, seed).steps
    assert steps == cast.script(number, seed).steps
    assert isinstance(steps[0].when, Silence)
    keys = [step.digit for step in steps if isinstance(step, Press)]
    assert keys == ["1", "#"]
    if any(isinstance(step, EndCall) for step in steps):
        assert isinstance(steps[-1], EndCall)


def test_the_share_of_interruptions_is_kept() -> None:
    cast = Cast(callers(), Manners(barge_ins=0.3))
    steps = [step for number in range(400) for step in cast.script(number, 1).steps[1:5]]
    share = sum(isinstance(step.when, DuringAgent) for step in steps) / len(steps)
    assert share == pytest.approx(0.3, abs=0.05)


def test_who_hangs_up_does_it_once() -> None:
    cast = Cast(callers(), Manners(hang_up=True))
    for number in range(4):
        steps = cast.script(number, 0).steps
        assert [isinstance(step, EndCall) for step in steps].count(True) == 1


def test_who_is_not_greeted_speaks_first() -> None:
    steps = Cast(callers(), Manners(speak_first=True)).script(0, 0).steps
    assert isinstance(steps[0].when, After)
    assert isinstance(steps[1].when, Silence)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two callers with recordings of their own, one with words."""
    for name in ("ann", "ben"):
        (tmp_path / name).mkdir()
        for file in ("01.wav", "02.wav"):
            shutil.copy(FIXTURES / "hours" / "slt" / file, tmp_path / name / file)
    (tmp_path / "ann" / "01.txt").write_text("When are\nyou open?\n")
    (tmp_path / "notes").mkdir()
    return tmp_path


def test_a_folder_of_folders_has_a_caller_each_and_their_words(folder: Path) -> None:
    ann, ben = from_folder(folder, KnownSounds())
    assert (ann.name.rpartition("/")[2], ben.name.rpartition("/")[2]) == ("ann", "ben")
    assert [one.name for one in ann.recordings] == ["01", "02"]
    assert dict(ann.words) == {"01": "When are you open?"}
    assert dict(ben.words) == {}


def test_words_of_our_own_recordings_are_known() -> None:
    (caller,) = from_folder(
        FIXTURES / "hours" / "slt", KnownSounds.read(FIXTURES / "manifest.toml")
    )
    assert caller.name == "hours/slt"
    assert caller.words["01"] == "What are your opening hours?"


SCRIPT = """
[[caller]]
name = "impatient"
weight = 2
steps = [
    { play = "ann/01.wav" },
    { play = "ann/02.wav", during_ms = 800 },
    { press = "0", after_ms = 500 },
    { hang_up = true, at_s = 40 },
]
[[caller]]
name = "both"
folder = "."
"""


def test_a_script_says_step_by_step_what_is_done(folder: Path) -> None:
    path = folder / "callers.toml"
    path.write_text(SCRIPT)
    impatient, ann, ben = from_script(path, KnownSounds())
    assert [step.when for step in impatient.steps] == [
        Silence(),
        DuringAgent(800),
        After(500),
        At(40.0),
    ]
    assert impatient.weight == 2
    assert impatient.words["01"] == "When are you open?"
    assert (ann.name, ben.name) == ("both/ann", "both/ben")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("", "Field required"),
        ("[[caller]]\nname = 'x'\n", "either a folder or steps"),
        ("[[caller]]\nname = 'x'\nsteps = [{ play = 'gone.wav' }]", "gone.wav"),
        ("[[caller]]\nname = 'x'\nsteps = [{ play = 'a.wav', press = '1' }]", "one of play"),
        (
            "[[caller]]\nname = 'x'\nsteps = [{ press = '1', at_s = 1, after_ms = 2 }]",
            "at most|one",
        ),
        ("[[caller]]\nname = 'x'\nsteps = [{ press = 'q' }]", "no such key"),
        ("[[caller]]\nname = 'x'\nfolder = 'nowhere'", "no such folder"),
        ("[[caller]]\nname = 'x'\nfolder = 'notes'", "no recordings"),
        ("[[caller]]\nname = 'x'\ncolour = 'red'\nfolder = '.'", "Extra inputs"),
        ("not toml", "callers.toml"),
    ],
)
def test_a_script_that_cannot_be_followed_says_why(folder: Path, script: str, why: str) -> None:
    path = folder / "callers.toml"
    path.write_text(script)
    with pytest.raises(CallersError, match=why):
        from_script(path, KnownSounds())


def test_a_file_that_is_no_sound_is_named(folder: Path) -> None:
    (folder / "ann" / "01.wav").write_text("no sound")
    with pytest.raises(CallersError, match=r"01\.wav"):
        from_folder(folder, KnownSounds())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("stt=reset", PlannedFault(FaultyPart.STT, "reset")),
        ("llm=rate_limited@20", PlannedFault(FaultyPart.LLM, "rate_limited", 20.0)),
        ("tts=half_open@2.5x3", PlannedFault(FaultyPart.TTS, "half_open", 2.5, 3)),
        ("carrier=dropx2", PlannedFault(FaultyPart.CARRIER, "drop", 0.0, 2)),
        ("carrier=drop@1x2", PlannedFault(FaultyPart.CARRIER, "drop", 1.0, 2)),
        ("carrier=reset", None),
        ("stt=reset:mid_stream@3", PlannedFault(FaultyPart.STT, "reset", 3.0, 1, "mid_stream")),
        ("stt=reset:later", None),
        ("carrier=drop:connect", None),
        ("stt=error", None),
        ("ears=reset", None),
        ("stt", None),
        ("stt=resetx0", None),
    ],
)
def test_faults_are_read_or_refused(text: str, fault: PlannedFault | None) -> None:
    if fault is None:
        with pytest.raises(FaultError):
            PlannedFault.read(text)
        return
    assert PlannedFault.read(text) == fault
    assert PlannedFault.read(str(fault)) == fault


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("llm=reset", FaultMoment.CONNECT),
        ("stt=reset", FaultMoment.FIRST_BYTE),
        ("stt=unauthorized", FaultMoment.CONNECT),
        ("tts=stall_mid_stream", FaultMoment.MID_STREAM),
        ("tts=reset:connect", FaultMoment.CONNECT),
    ],
)
def test_a_fault_strikes_a_connection_that_is_there(text: str, moment: FaultMoment) -> None:
    assert PlannedFault.read(text).of_a_provider().moment is moment


@pytest.mark.parametrize("name", NAMES)
def test_every_budget_can_be_set_and_is_judged(name: str, tmp_path: Path) -> None:
    path = tmp_path / "budgets.toml"
    path.write_text(f"[budgets]\n{name} = 7\n")
    assert (from_flag(f"{name}=7"),) == from_file(path) == (LoadBudget(name, 7.0),)
    calls = [a_call()]
    for limit, verdict in ((1e9, BudgetVerdict.KEPT), (-1.0, BudgetVerdict.BLOWN)):
        counted = counts(calls, cpu_s=CpuTimes(1.0, 1.0, 1.0), seconds=10.0)
        (one,) = judged([LoadBudget(name, limit)], spreads(calls), counted)
        assert (one.verdict, one.name in one.sentence) == (verdict, True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v2v_p95_ms", "like v2v_p95_ms=800"),
        ("v2v_p95_ms=fast", "no number"),
        ("v2v_p95_ms=nan", "from 0 on"),
        ("v2v_p95_ms=-1", "from 0 on"),
        ("v2v_p42_ms=1", "no budget"),
        ("speed=1", "Latencies are"),
    ],
)
def test_a_budget_that_is_none_is_refused(text: str, why: str) -> None:
    with pytest.raises(BudgetError, match=why):
        from_flag(text)


@pytest.mark.parametrize(
    "text", ["", "[limits]\nx = 1", "[budgets]\nv2v_p95_ms = 'x'", "[budgets]\nx = true", "no"]
)
def test_a_file_of_budgets_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    path.write_text(text)
    with pytest.raises(BudgetError, match=r"b\.toml|no budget"):
        from_file(path)


def test_what_was_not_measured_is_not_kept() -> None:
    calls = [a_call(turns=(a_turn(barged_in=False, clear_ms=None),))]
    (one,) = judged([LoadBudget("clear_p95_ms", 300)], spreads(calls), counts(calls))
    assert (one.verdict, one.value) == (BudgetVerdict.NOT_MEASURED, None)


def test_processor_time_is_told_for_a_second_of_a_call_where_it_is_known() -> None:
    calls = [a_call(duration_s=30.0), a_call(duration_s=10.0)]
    before = CpuTimes(rig=1.0, engine=2.0, providers=0.5)
    took = CpuTimes(rig=3.0, engine=2.4, providers=1.5).since(before)
    told = counts(calls, cpu_s=took, seconds=20.0)
    assert (told["rig_core_percent"], told["providers_core_percent"]) == (10.0, 5.0)
    assert (told["engine_core_percent"], told["engine_cpu_ms"]) == (2.0, 10.0)
    elsewhere = counts(calls, cpu_s=CpuTimes(rig=2.0).since(CpuTimes()), seconds=20.0)
    assert not {"engine_core_percent", "engine_cpu_ms", "providers_core_percent"} & set(elsewhere)
    for name in ("engine_cpu_ms", "engine_core_percent"):
        known, unknown = (
            judged([LoadBudget(name, 1.0)], spreads(calls), counted)[0]
            for counted in (told, elsewhere)
        )
        assert known.verdict is BudgetVerdict.BLOWN
        assert unknown.verdict is BudgetVerdict.NOT_MEASURED


def test_latencies_of_a_rig_that_was_late_are_not_judged_but_counts_are() -> None:
    calls = [a_call(frames_sent=100, frames_late=5)]
    wanted = [LoadBudget("v2v_p95_ms", 1e9), LoadBudget("failed_calls", 0)]
    latency, count = judged(wanted, spreads(calls), counts(calls))
    assert latency.verdict is BudgetVerdict.VOID
    assert latency.value is not None
    assert "says nothing" in latency.sentence
    assert count.verdict is BudgetVerdict.KEPT


@settings(max_examples=40)
@given(
    measured=st.booleans(),
    late=st.integers(0, 100),
    limit=st.floats(0, 1e9),
    name=st.sampled_from(["v2v_p95_ms", "clear_max_ms", "failed_calls", "heard_p50_ms"]),
)
def test_a_value_stands_beside_every_verdict_but_not_measured(
    measured: bool, late: int, limit: float, name: str
) -> None:
    turns = (a_turn(barged_in=measured, clear_ms=100.0 if measured else None),) if measured else ()
    calls = [a_call(turns=turns, frames_sent=100, frames_late=late)]
    (one,) = judged([LoadBudget(name, limit)], spreads(calls), counts(calls))
    assert (one.value is None) is (one.verdict is BudgetVerdict.NOT_MEASURED)
    assert ("not measured" in one.sentence) is (one.value is None)


@given(values=st.lists(st.floats(0, 10_000), min_size=1, max_size=200))
def test_percentiles_are_values_that_were_measured_and_rise(values: list[float]) -> None:
    found = spread(values)
    assert found.p50_ms <= found.p95_ms <= found.p99_ms <= found.max_ms
    rounded = {round(value, 1) for value in values}
    assert {found.p50_ms, found.p95_ms, found.p99_ms, found.max_ms} <= rounded


def test_stages_sum_to_v2v_in_the_figures() -> None:
    found = spreads([a_call(replies=(a_reply(endpoint_ms=100.0, send_ms=1.5),))])
    stages = ("endpoint", "stt", "think", "tools", "tts", "send")
    assert sum(found[stage].p50_ms for stage in stages) == found["engine_v2v"].p50_ms


def test_failed_calls_are_the_first_to_look_at() -> None:
    slow, bad = a_call(number=1, turns=(a_turn(v2v_ms=9000.0),)), a_call(number=2, failure="no")
    assert [one.number for one in slowest([a_call(), slow, bad], 2)] == [2, 1]
