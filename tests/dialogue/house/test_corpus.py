"""The paraphrase corpus: how much of what callers say is understood (docs/contract.md)."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from voiceagent.dialogue.house.absorb import absorb
from voiceagent.dialogue.house.asks import Ask
from voiceagent.dialogue.house.facts import Facts
from voiceagent.dialogue.house.reading import verdict_of
from voiceagent.dialogue.house.reports import Scene
from voiceagent.dialogue.house.steering import steer
from voiceagent.dialogue.house.understand import TurnContext, Understanding, understand
from voiceagent.domain.business import Business
from voiceagent.domain.records import Window
from voiceagent.domain.safety import hear_danger
from voiceagent.language.en_us.addresses import hear_address

ROOT = Path(__file__).parents[3]
CORPUS = Path(__file__).with_name("corpus.toml")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2025, 8, 29, 20, 5, tzinfo=NEW_YORK)
OFFERS = (
    Window(NOW.replace(hour=21, minute=0), NOW.replace(hour=23, minute=0)),
    Window(NOW.replace(day=30, hour=8, minute=0), NOW.replace(day=30, hour=10, minute=0)),
)
GOAL = 0.95


@dataclass(frozen=True, slots=True)
class Miss:
    said: str
    key: str
    wanted: object
    heard: object


def _business() -> Business:
    with (ROOT / "business/coolcare.toml").open("rb") as file:
        return Business.model_validate(tomllib.load(file))


def _facts(case: Mapping[str, object]) -> Facts:
    facts = Facts(offers=OFFERS) if case["ask"] in {"time", "read_back"} else Facts()
    if case.get("facts") == "sarah_mueller":
        address = hear_address(
            "123 Oak Street",
            known_streets=(),
            known_cities=(),
            default_city="Springfield",
            default_state="Ohio",
        )
        facts = replace(
            facts, name="Sarah Mueller", phone="+15551230000", address=address, window=OFFERS[0]
        )
    return facts


def _heard(key: str, turn: Understanding, context: TurnContext) -> object:  # noqa: PLR0911 - by key
    match key:
        case "goal":
            goal = steer(turn, None, context.facts).goal
            return goal.value if goal else None
        case "service":
            return turn.service.service if turn.service else None
        case "symptoms":
            return list(turn.service.symptoms) if turn.service else []
        case "address":
            return turn.address.text if turn.address else None
        case "day":
            return turn.day.isoformat() if turn.day else None
        case "choice":
            return turn.choice.index if turn.choice else None
        case "verdict":
            after = absorb(
                context.facts, turn, context.ask, Scene(context.business, NOW, None, None)
            )
            verdict = verdict_of(turn, context.ask, context.facts, after)
            return verdict.value if verdict else None
        case _:
            return getattr(turn, key)


def _intents(wanted: object) -> set[object]:
    assert isinstance(wanted, list)
    return set(wanted)


def _misses(case: Mapping[str, object], said: str, business: Business) -> Iterator[Miss]:
    context = TurnContext(business, NOW, Ask(str(case["ask"])), _facts(case))
    turn = understand(said, context)
    for key, wanted in case.items():
        if key in {"ask", "facts", "say"}:
            continue
        if key == "intents":
            ok = _intents(wanted) <= turn.intents
            heard: object = sorted(turn.intents)
        elif key == "never":
            ok = not _intents(wanted) & turn.intents
            heard = sorted(turn.intents)
        elif key == "danger":
            heard = hear_danger(said, business, asked=context.ask is Ask.SAFETY).is_danger
            ok = heard == wanted
        else:
            heard = _heard(key, turn, context)
            ok = heard == wanted
        if not ok:
            yield Miss(said, key, wanted, heard)


def test_corpus_score(record_property: Callable[[str, object], None]) -> None:
    business = _business()
    cases = tomllib.loads(CORPUS.read_text("utf-8"))["case"]
    phrasings = [(case, said) for case in cases for said in case["say"]]
    missed = [found for case, said in phrasings if (found := list(_misses(case, said, business)))]
    score = 1 - len(missed) / len(phrasings)
    report = "\n".join(str(miss) for misses in missed for miss in misses)
    summary = f"{len(phrasings) - len(missed)} of {len(phrasings)} phrasings, {score:.1%}"
    print(f"understood {summary}\n{report}")  # noqa: T201 - the score is to be read
    record_property("corpus_score", summary)
    assert len(phrasings) >= 120
    assert score >= GOAL, f"{summary}\n{report}"
