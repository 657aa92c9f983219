"""``PATCH /resched/{order_id}``: a visit is moved to another window."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, Field

from voiceagent.app.rest.desk import RestDesk
from voiceagent.app.rest.visits import SlaPreference, first_window, speaks_for
from voiceagent.app.web.api.endpoint import AnswerModel, AskModel, Endpoint, UuidText, endpoint
from voiceagent.dialogue.house.moves import ToolUse
from voiceagent.domain import calendar
from voiceagent.domain.records import JobId, JobStatus
from voiceagent.errors import CallerFixable


class ReschedAsk(AskModel):
    """Which visit, and when somebody is to come instead: by preference, or on a day."""

    order_id: UuidText
    sla_pref: SlaPreference | None = Field(default=None, alias="SLA_pref")
    day: date | None = Field(default=None, alias="date")


class ReschedAnswer(AnswerModel):
    """The visit as it stands now."""

    order_id: str
    code: str
    window_start: AwareDatetime
    window_end: AwareDatetime
    display: str


def resched(desk: RestDesk) -> Endpoint:
    """The route."""

    async def answer(ask: ReschedAsk) -> ReschedAnswer:
        if ask.sla_pref is None and ask.day is None:
            problem = "Say when: SLA_pref, date, or both."
            raise CallerFixable("request.missing", problem, field="SLA_pref")
        job = await desk.store.jobs.get(JobId(ask.order_id))
        if job is None:
            raise CallerFixable("order.unknown_id", "There is no such order.", field="order_id")
        service = desk.business.service(job.service_type)
        over = job.window.end <= await desk.store.now()
        live = {JobStatus.BOOKED, JobStatus.CONFIRMED}
        if service is None or job.status not in live or over:
            problem = "That visit is no longer open."
            raise CallerFixable("job.closed", problem, field="order_id")
        async with desk.call() as call:
            speaks_for(call, job.customer, job.address)
            sla = ask.sla_pref or SlaPreference.FLEXIBLE
            starts = await first_window(desk, call, service, sla, ask.day)
            await call.use(
                ToolUse.MOVE,
                {"phone": job.customer.phone, "code": job.code, "new_time": starts.isoformat()},
                new_time="SLA_pref" if ask.day is None else "date",
                code="order_id",
                phone="order_id",
            )
        moved = await desk.store.jobs.get(job.job_id)
        if moved is None:
            raise TypeError("a visit was moved and is not there")
        return ReschedAnswer(
            order_id=moved.job_id,
            code=moved.code,
            window_start=calendar.local(desk.business, moved.window.start),
            window_end=calendar.local(desk.business, moved.window.end),
            display=calendar.display_window(desk.business, moved.window),
        )

    return endpoint(
        "PATCH",
        "/resched/{order_id}",
        ReschedAsk,
        ReschedAnswer,
        answer,
        name="resched",
        about="Move a visit to the first window that keeps the wish. Its deposit moves along.",
    )
