"""The page of a load test: whole, readable by everybody, self-contained, proof against words."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtest.replay.budgets import LoadBudget
from loadtest.replay.figures import ABOUT_COUNTS, ABOUT_SPREADS
from loadtest.replay.results import (
    BudgetResult,
    CallResult,
    Injected,
    ReplyStages,
    RunResult,
    SpokenLine,
    Spread,
    Target,
    WireTurn,
)
from loadtest.report import audio
from loadtest.report.audio import Clip, clips
from loadtest.report.charts import ticks
from loadtest.report.markup import el, joined
from loadtest.report.page import page, write_report
from loadtest.simulator import wav
from tests.loadtest.replay.made import a_call, a_reply, a_run, a_turn

EVIL = "<script>alert('x')</script>\"'&<img src=x onerror=alert(1)>"
VOID = {"meta", "br", "hr", "img", "source"}
CLIP = Clip("data:audio/mpeg;base64,SUQz", 12.0, whole=True)

RUNS: dict[str, RunResult] = {
    "nothing": a_run(),
    "refused": a_run(
        a_call(
            turns=(), replies=(), transcript=(), failure="refused", duration_s=0.0,
            first_audio_ms=None,
        )
    ),
    "wire only": a_run(a_call(replies=(), transcript=(), outcome="")),
    "one": a_run(a_call(), budgets=(LoadBudget("v2v_p95_ms", 800), LoadBudget("clear_p95_ms", 1))),
    "kept": a_run(a_call(), budgets=(LoadBudget("failed_calls", 0),)),
    "zeros": a_run(
        a_call(
            turns=(a_turn(v2v_ms=0.0, at_s=0.0),),
            replies=(ReplyStages(at_s=-0.01, endpoint_ms=0, stt_ms=0, think_ms=0, tools_ms=0,
                                 tts_ms=0, send_ms=0),),
        )
    ),
    "many": a_run(
        *(
            a_call(
                number=n,
                started_s=n / 3,
                failure="step 2 waited longer than 15 s" if n % 9 == 4 else "",
                turns=tuple(a_turn(at_s=n / 3 + k, v2v_ms=300.0 + n * k) for k in range(5)),
                replies=tuple(a_reply(at_s=n / 3 + k, think_ms=10.0 * n) for k in range(5)),
            )
            for n in range(60)
        ),
        injected=(
            Injected(what="loss", detail="2 %", at_s=None, times=None),
            Injected(what="stt: reset", detail="up to 3 times", at_s=10.0, times=2),
        ),
        notes=("This run is void.",),
    ),
    "evil": a_run(
        a_call(
            caller=EVIL,
            outcome=EVIL,
            failure=EVIL,
            turns=(a_turn(words=EVIL, recording=EVIL),),
            transcript=(SpokenLine(who="caller", text=EVIL + EVIL, heard=EVIL),),
            protocol_errors=(EVIL,),
        ),
        injected=(Injected(what=EVIL, detail=EVIL, at_s=1.0, times=1),),
        notes=(EVIL,),
        business=EVIL,
    ),
}  # fmt: skip


class Page(HTMLParser):
    """Checks that every element is closed in order, and notes what there is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def drawn(name: str) -> str:
    run = RUNS[name]
    return page(run, {call.call_sid: CLIP for call in run.calls})


@pytest.mark.parametrize("name", RUNS)
def test_the_page_is_whole(name: str) -> None:
    text = drawn(name)
    found = Page(text)
    assert len(found.of("h1")) == 1
    assert found.of("html") == [{"lang": "en"}]
    assert any(one.get("name") == "viewport" for one in found.of("meta"))
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(svg)  # noqa: S314 - our own
    ids = [one["id"] for _, one in found.found if "id" in one]
    assert len(ids) == len(set(ids))
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).lower().split()


@pytest.mark.parametrize("name", RUNS)
def test_everybody_can_read_it(name: str) -> None:
    found = Page(drawn(name))
    assert len(found.of("caption")) == len(found.of("table"))
    assert all(one.get("scope") in {"col", "row"} for one in found.of("th"))
    for tag in ("svg", "audio"):
        assert all(one.get("aria-label") for one in found.of(tag))
    assert all(one.get("role") == "img" for one in found.of("svg"))
    assert len(found.of("title")) > len(found.of("svg"))
    for one in found.of("div"):
        if "tabindex" in one:
            assert one.get("aria-label")


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_fetched_and_nothing_runs(name: str) -> None:
    text = drawn(name)
    found = Page(text)
    tags = {tag for tag, _ in found.found}
    assert not tags & {"script", "link", "iframe", "object", "embed", "img", "base", "form", "use"}
    for _, attributes in found.found:
        assert not [key for key in attributes if key.startswith("on")]
        for key in ("src", "href", "action", "poster", "xlink:href"):
            assert (attributes.get(key) or "data:").startswith("data:")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    policy = [one for one in found.of("meta") if one.get("http-equiv")]
    assert "default-src 'none'" in (policy[0]["content"] or "")


def test_foreign_words_are_words() -> None:
    text = drawn("evil")
    assert "<script" not in text
    assert "onerror=alert(1)>" not in text
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in text


@given(st.text(), st.text())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_an_element_holds_what_was_put_into_it(child: str, value: str) -> None:
    text = el("p", child, title=value)
    words: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            words.append(data)

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert (tag, attrs) == ("p", [("title", value)])

    reader = Reader()
    reader.feed(text)
    reader.close()
    assert "".join(words) == child
    assert joined(text) == text
    assert el("b", text) == f"<b>{text}</b>"


def test_stages_of_a_waterfall_sum_to_what_it_says() -> None:
    reply = a_reply(endpoint_ms=310.0, think_ms=90.0)
    text = page(a_run(a_call(replies=(reply,))), {})
    assert f"{reply.v2v_ms:,.0f} ms from the caller" in text
    starts = [
        (float(x), float(width))
        for x, width in re.findall(
            r'<rect x="([\d.]+)" y="[\d.]+" height="14" width="([\d.]+)"', text
        )
    ][:6]
    for (x, width), (after, _) in pairwise(starts):
        assert after == pytest.approx(x + width, abs=0.2)


def test_words_that_were_not_heard_are_marked() -> None:
    assert '<span class="unheard" title="not heard">from 8 to 6.</span>' in drawn("one")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("one", "1 of 2 budgets blown"),
        ("kept", "Every budget was kept"),
        ("nothing", "No budgets were set"),
        ("many", "This run is void."),
        ("refused", "Nothing was answered"),
        ("many", "stt: reset"),
    ],
)
def test_what_matters_is_said(name: str, says: str) -> None:
    assert says in drawn(name)


@given(st.floats(1e-3, 1e9), st.integers(2, 12))
def test_ticks_are_round_and_within(most: float, about: int) -> None:
    found = ticks(most, about)
    assert found[0] == 0
    assert 1 < len(found) <= about + 1
    assert found[-1] <= most * 1.0001


def sound(path: Path, seconds: float) -> Path:
    samples = np.random.default_rng(1).normal(0, 900, int(seconds * 8000)).astype(np.int16)
    wav.write_stereo(path, samples, samples)
    return path


def test_sound_is_in_the_page_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "CLIP_S", 1.5)
    path = sound(tmp_path / "a.wav", 2.0)
    found = clips({"a": path, "gone": tmp_path / "gone.wav"}, ["a", "gone", "unknown"])
    assert set(found) == {"a"}
    assert (found["a"].seconds, found["a"].whole) == (1.5, False)
    assert found["a"].uri.startswith("data:audio/mpeg;base64,")
    monkeypatch.setattr(audio, "MOST_BYTES", len(found["a"].uri) * 3 // 4 + 10)
    assert set(clips({"a": path, "b": path}, ["a", "b"])) == {"a"}
    (tmp_path / "no.wav").write_text("no sound")
    assert clips({"a": tmp_path / "no.wav"}, ["a"]) == {}


def test_page_and_record_are_written_side_by_side(tmp_path: Path) -> None:
    run = RUNS["many"]
    path = write_report(run, {}, tmp_path / "deep" / "report")
    assert path.read_text().startswith("<!doctype html>")
    again = RunResult.model_validate_json((path.parent / "report.json").read_text())
    assert again == run


RECORDS = (
    RunResult, Target, Injected, Spread, BudgetResult,
    CallResult, WireTurn, ReplyStages, SpokenLine,
)  # fmt: skip


def test_the_document_tells_every_field_and_figure() -> None:
    document = Path("docs/loadtest.md").read_text()
    fields = {name for record in RECORDS for name in record.model_fields}
    told = set(re.findall(r"`(\w+)`", document))
    assert not (fields | set(ABOUT_SPREADS) | set(ABOUT_COUNTS)) - told
