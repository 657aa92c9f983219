"""``POST /iot_fault``: a device reports a fault; once a fault, by the rule of its type.

The fast lane: no question is asked. A rule of the business file says of a type of device which
faults count, and whether a visit is booked or a person paged. What cannot be booked is paged, so
that no fault is lost. A fault is a call on record whose id comes of the fault's: a second report
finds what came of the first, in any worker and after any crash.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AwareDatetime, StringConstraints

from voiceagent.app.rest.book import BookAsk, standing, visit
from voiceagent.app.rest.desk import RestDesk, ToolSteps
from voiceagent.app.rest.named import asset_named
from voiceagent.app.rest.visits import SlaPreference
from voiceagent.app.web.api.endpoint import AnswerModel, AskModel, Endpoint, Id, Text, endpoint
from voiceagent.domain import calendar
from voiceagent.domain.answered import RequestKey, Standing
from voiceagent.domain.assets import Asset
from voiceagent.domain.business import DeviceRule
from voiceagent.domain.records import CallId, Job, OutboundMessage, Outcome
from voiceagent.errors import CallerFixable
from voiceagent.ports.pager import ON_CALL, PAGER

FaultName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]

_SLA: Final = {
    "emergency_visit": SlaPreference.EMERGENCY,
    "diagnostic_visit": SlaPreference.FLEXIBLE,
}


class FaultAct(StrEnum):
    """What came of a fault."""

    BOOKED = "booked"
    PAGED = "paged"


class FaultAsk(AskModel):
    """Which fault, of which asset, and what it is; `fault_id` is the same for the same fault."""

    fault_id: Id
    asset_id: Id
    fault: FaultName
    detail: Text = ""


class FaultAnswer(AnswerModel):
    """What came of it; `already`: by an earlier report, or a visit that was to come anyway."""

    fault_id: str
    act: FaultAct
    order_id: str | None
    window_start: AwareDatetime | None
    already: bool


def iot_fault(desk: RestDesk) -> Endpoint:
    """The route."""

    async def answer(ask: FaultAsk) -> FaultAnswer:
        asset = await asset_named(desk, ask.asset_id)
        rule = rule_for(desk, asset, ask.fault)
        call_id = CallId(str(uuid.uuid5(uuid.NAMESPACE_URL, f"voiceagent:fault:{ask.fault_id}")))
        if await desk.store.calls.outcome(call_id) is not None:
            return _told(desk, ask, await desk.store.jobs.of_call(call_id), already=True)
        place = RequestKey("iot_fault", hashlib.sha256(ask.fault_id.encode()).hexdigest())
        known = await desk.store.answered.begin(place)
        if known.standing is Standing.WORKING:
            problem = "This fault is being seen to: ask again in a moment."
            raise CallerFixable("fault.in_progress", problem, field="fault_id")
        try:
            call = desk.requests.new_call()
            call = replace(call, call_id=call_id, call_sid=f"IOT{uuid.UUID(call_id).hex}")
            async with desk.requests.on_record(call) as request:
                return await _seen_to(desk, ToolSteps(request), asset, rule, ask)
        finally:
            await desk.store.answered.forget(place)

    return endpoint(
        "POST",
        "/iot_fault",
        FaultAsk,
        FaultAnswer,
        answer,
        name="reportFault",
        about="A device reports a fault: a visit is booked, or whoever is on call is paged.",
        known_by="fault_id",
    )


def rule_for(desk: RestDesk, asset: Asset, fault: str) -> DeviceRule:
    """The rule of the business file for a fault of a device.

    Raises:
        CallerFixable: ``device.not_allowed`` or ``fault.not_allowed``.
    """
    rules = [one for one in desk.business.devices if one.type == asset.device_type]
    if not rules:
        problem = "No rule of the business lets devices of this type report faults."
        raise CallerFixable("device.not_allowed", problem, field="asset_id")
    found = next((one for one in rules if fault in one.faults), None)
    if found is None:
        problem = "No rule of the business is for this fault of that type of device."
        raise CallerFixable("fault.not_allowed", problem, field="fault")
    return found


async def _seen_to(
    desk: RestDesk, call: ToolSteps, asset: Asset, rule: DeviceRule, ask: FaultAsk
) -> FaultAnswer:
    service = desk.business.service(asset.service_type)
    sla = _SLA.get(rule.act)
    if sla is not None and service is not None:
        there = await standing(desk, asset)
        if there is not None:
            call.request.ctx.signals.propose(Outcome.ANSWERED)
            return _told(desk, ask, there, already=True)
        about = f"Fault {ask.fault}: {ask.detail}" if ask.detail else f"Fault {ask.fault}"
        wish = BookAsk(asset_id=ask.asset_id, SLA_pref=sla, symptom=about[:400])
        try:
            return _told(desk, ask, await visit(desk, call, asset, service, wish), already=False)
        except CallerFixable:
            pass  # a person sees to it
    ctx = call.request.ctx
    # It may leave the house: nothing that says whose it is.
    body = f"{desk.business.name}: fault {ask.fault} of a device, call {ctx.call.call_sid}."
    key = f"{PAGER}:{ctx.call.call_id}"
    page = OutboundMessage(key, PAGER, ON_CALL, body, call_id=ctx.call.call_id)
    await desk.store.outbox.put(page)
    ctx.signals.propose(Outcome.ANSWERED)
    return _told(desk, ask, None, already=False)


def _told(desk: RestDesk, ask: FaultAsk, job: Job | None, *, already: bool) -> FaultAnswer:
    starts = None if job is None else calendar.local(desk.business, job.window.start)
    return FaultAnswer(
        fault_id=ask.fault_id,
        act=FaultAct.PAGED if job is None else FaultAct.BOOKED,
        order_id=None if job is None else job.job_id,
        window_start=starts,
        already=already,
    )
