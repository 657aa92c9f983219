"""Callers in a process of their own, for whoever decides elsewhere when a call begins.

    python -m loadtest.replay.worker --url http://127.0.0.1:8080 --recordings audio_fixtures/hours

Each line on standard input is the number of a call to place; each line on standard output is the
record of a call that has ended (`results.CallResult`), or ``{"number": 3, "error": "..."}``. It
ends when its input does. The account is read from ``TWILIO_ACCOUNT_SID`` and ``TWILIO_AUTH_TOKEN``,
or from the file ``local-secrets.json`` in the folder that ``VOICEAGENT_STATE`` names.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from loadtest.replay.callers import CallersError, Cast, KnownSounds, from_folder
from loadtest.replay.run import PlaceCall, on_the_carrier, seen_on_the_wire
from loadtest.replay.schedule import NextCall
from loadtest.simulator.carrier import CarrierEmulator
from loadtest.simulator.network import NetworkSpec
from loadtest.simulator.report import CarrierEvent

STATE: Final = ".state"


def account() -> tuple[str, str]:
    """SID and token that the engine's webhooks are signed with.

    Raises:
        CallersError: neither set nor kept.
    """
    sid, token = os.environ.get("TWILIO_ACCOUNT_SID"), os.environ.get("TWILIO_AUTH_TOKEN")
    if sid and token:
        return sid, token
    kept = Path(os.environ.get("VOICEAGENT_STATE", STATE)) / "local-secrets.json"
    try:
        found = json.loads(kept.read_text())
        return str(found["account_sid"]), str(found["auth_token"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CallersError(
            "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or VOICEAGENT_STATE to the folder that"
            " the server keeps its state in"
        ) from error


async def serve(url: str, cast: Cast, *, to_number: str, seed: int, longest_s: float) -> None:
    """Place the calls that are asked for until the input ends, and see those to their end."""
    sid, token = account()
    carrier = CarrierEmulator(account_sid=sid, auth_token=token)
    with tempfile.TemporaryDirectory() as folder:
        async with carrier.running(), asyncio.TaskGroup() as calls:
            place = on_the_carrier(
                carrier,
                url,
                to_number=to_number,
                network=NetworkSpec(),
                seed=seed,
                max_call_s=longest_s,
            )
            while line := await asyncio.to_thread(sys.stdin.readline):
                calls.create_task(_call(int(line), cast, place, seed, Path(folder)))


async def _call(number: int, cast: Cast, place: PlaceCall, seed: int, folder: Path) -> None:
    path = folder / f"{number}.wav"
    try:
        script = cast.script(number, seed)
        report = await place(number, script, record_to=path, on_event=_nobody)
    except Exception as error:  # noqa: BLE001 - a call that breaks must not end the others
        said = json.dumps({"number": number, "error": repr(error)})
    else:
        call = NextCall(number, line=0)
        said = seen_on_the_wire(report, call, cast.caller(number), 0.0).model_dump_json()
    path.unlink(missing_ok=True)
    sys.stdout.write(said + "\n")
    sys.stdout.flush()


def _nobody(_: CarrierEvent) -> None:
    """Nobody looks."""


def main() -> None:
    """Serve standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--recordings", type=Path, action="append", required=True)
    parser.add_argument("--manifest", type=Path, default=Path("audio_fixtures/manifest.toml"))
    parser.add_argument("--to", default="+15555550100", help="number that is called")
    parser.add_argument("--seed", type=int, default=os.getpid())
    parser.add_argument("--longest", type=float, default=300.0)
    given = parser.parse_args()
    try:
        known = KnownSounds.read(given.manifest)
        callers = tuple(one for path in given.recordings for one in from_folder(path, known))
        asyncio.run(
            serve(
                given.url.rstrip("/"),
                Cast(callers),
                to_number=given.to,
                seed=given.seed,
                longest_s=given.longest,
            )
        )
    except CallersError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
