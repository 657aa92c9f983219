"""``GET /cancel_risk``: how likely a visit is to be called off, and which model says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.rest.visits import SlaPreference
from voiceagent.app.web.api.endpoint import AnswerModel, AskModel, Endpoint, endpoint
from voiceagent.domain import cancel_risk as baseline
from voiceagent.domain.records import Priority

ChannelName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


class RiskAsk(AskModel):
    """Over which channel a visit was booked, when, and how soon somebody was to come."""

    channel: ChannelName
    create_ts: Annotated[AwareDatetime, Field(ge=_EARLIEST, lt=_LATEST)]
    sla: SlaPreference = Field(alias="SLA")


class RiskAnswer(AnswerModel):
    """`risk` is 0 to 1.

    `baseline`: no model was trained; it is the share that was called off before. `seen` is how many
    visits of this channel and SLA that rests on: with few it is hardly more than an assumption.
    """

    risk: float = Field(ge=0, le=1)
    model: str
    version: str
    baseline: Literal[True]
    seen: int


def risk_of_cancelling(desk: RestDesk) -> Endpoint:
    """The route."""

    async def answer(ask: RiskAsk) -> RiskAnswer:
        # Nothing is counted that was not known at that moment.
        since = ask.create_ts - baseline.LOOKS_BACK
        counts = await desk.store.cancel_history.counts(since, ask.create_ts)
        urgent = ask.sla is SlaPreference.EMERGENCY
        priority = Priority.EMERGENCY if urgent else Priority.STANDARD
        found = baseline.cancel_risk(counts, ask.channel, priority)
        return RiskAnswer(
            risk=round(found.risk, 4),
            model=baseline.MODEL,
            version=baseline.VERSION,
            baseline=True,
            seen=found.seen,
        )

    return endpoint(
        "GET",
        "/cancel_risk",
        RiskAsk,
        RiskAnswer,
        answer,
        name="getCancelRisk",
        about="How likely a visit is to be called off: a baseline until a model is trained.",
    )
