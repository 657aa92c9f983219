"""How a caller shows who they are: by a booking's code, or by a one-time code."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from voiceagent.domain.identity import (
    MAX_WRONG_CODES,
    MOST_WRONG_CODES_A_DAY,
    WRONG_CODE,
    IdentityProof,
    PersonalFact,
    job_with_code,
    may_tell,
)
from voiceagent.domain.phones import customer_phone
from voiceagent.domain.records import IdentityLevel, Job, JobStatus
from voiceagent.errors import CallerFixable
from voiceagent.ports.people import CodeCheck
from voiceagent.toolkit.answers import Arguments
from voiceagent.toolkit.context import ToolContext


class BookingKey(Arguments):
    """Arguments that name a booking: the number it was made with, and its code."""

    phone: str = Field(max_length=40)
    code: str = Field(max_length=20)


async def by_booking_code(args: Arguments, ctx: ToolContext) -> Job:
    """The open booking that a caller has shown to be theirs.

    Raises:
        CallerFixable: ``phone.*``, ``identity.wrong_code`` or ``identity.too_many_tries``. A wrong
            code and a number without bookings answer alike: neither tells who is a customer.
        TypeError: the tool takes no booking code.
    """
    if not isinstance(args, BookingKey):
        raise TypeError(f"{type(args).__name__} holds no booking code")
    number = customer_phone(args.phone, ctx.business)
    _may_try(ctx)
    if await _is_guessed_at(number, ctx):
        raise _too_many()
    job = job_with_code(args.code, await ctx.store.jobs.open_for(number))
    if job is None:
        raise await _wrong(number, ctx)
    proof = IdentityProof(IdentityLevel.CODE, frozenset({job.customer.customer_id}))
    ctx.signals.proves(number, proof)
    return job


async def by_code_or_cancelled(args: Arguments, ctx: ToolContext) -> Job:
    """As `by_booking_code`; or the booking that this conversation has cancelled, by its code.

    It is asked for once more where the answer was lost, and is open no longer by then.
    """
    done = await ctx.store.jobs.of_call(ctx.call.call_id)
    if isinstance(args, BookingKey) and done is not None and done.status is JobStatus.CANCELLED:
        number = customer_phone(args.phone, ctx.business)
        if done.customer.phone == number and job_with_code(args.code, [done]) is not None:
            return done
    return await by_booking_code(args, ctx)


async def by_any_code(phone: str, code: str, ctx: ToolContext) -> tuple[Job | None, list[Job]]:
    """What a code opens, whichever of the two kinds it is: the booking that it names, and all.

    One that was texted opens it also where too many booking codes were guessed at: who reads it has
    the telephone.

    Raises:
        CallerFixable: as `by_booking_code`.
    """
    number = customer_phone(phone, ctx.business)
    _may_try(ctx)
    jobs = await ctx.store.jobs.open_for(number)
    guessed_at = await _is_guessed_at(number, ctx)
    named = None if guessed_at else job_with_code(code, jobs)
    if named is not None:
        proof = IdentityProof(IdentityLevel.CODE, frozenset({named.customer.customer_id}))
    elif await _is_one_time(number, code, ctx):
        theirs = await ctx.store.jobs.made_from(number)
        proof = IdentityProof(
            IdentityLevel.VERIFIED, frozenset(job.customer.customer_id for job in theirs)
        )
    else:
        raise _too_many() if guessed_at else await _wrong(number, ctx)
    ctx.signals.proves(number, proof)
    return named, told_of(number, jobs, ctx)


def told_of(number: str, jobs: Sequence[Job], ctx: ToolContext) -> list[Job]:
    """Those of a number's bookings that may be told to this caller."""
    if not may_tell(PersonalFact.BOOKINGS, ctx.level_for(number)):
        return []
    proof = ctx.signals.proofs[number]
    return [job for job in jobs if job.customer.customer_id in proof.customers]


async def _is_one_time(number: str, code: str, ctx: ToolContext) -> bool:
    check = await ctx.store.one_time_codes.check(ctx.call.call_id, number, code)
    return check is CodeCheck.RIGHT


def _may_try(ctx: ToolContext) -> None:
    if ctx.signals.wrong_codes >= MAX_WRONG_CODES:
        raise CallerFixable(
            "identity.too_many_tries",
            "Too many wrong codes in this call.",
            say="I can't look up bookings any more in this call. Shall I get a person for you?",
        )


async def _is_guessed_at(number: str, ctx: ToolContext) -> bool:
    """Whether so many wrong codes were tried at a number that no booking code opens it today.

    Whoever has shown in this conversation that it is theirs goes on.
    """
    if ctx.level_for(number) >= IdentityLevel.CODE:
        return False
    return await ctx.store.code_guesses.lately(number) >= MOST_WRONG_CODES_A_DAY


def _too_many() -> CallerFixable:
    return CallerFixable(
        "identity.too_many_tries",
        "Too many wrong codes for this number today.",
        say="There were too many wrong codes for that number today, so I can't look up its "
        "bookings by a code. Shall I get a person for you?",
    )


async def _wrong(number: str, ctx: ToolContext) -> CallerFixable:
    ctx.signals.wrong_codes += 1
    await ctx.store.code_guesses.wrong(ctx.call.call_id, number)
    return CallerFixable(
        WRONG_CODE,
        "No open booking has this number and code.",
        say="I can't find a booking with that number and code. Could you check the code in "
        "the text we sent you?",
        field="code",
    )
