"""Attacks on a model that always obeys, over every channel: none may have an effect.

    ./run soak-attacks
    ./run soak-attacks --part 7     (every seventh)

Every sentence and every deed of `tests.channels.obeying` by SMS, WhatsApp, RCS, web chat, e-mail
and voice, and in a page and a record that the model reads. Nobody may hear the sentence, no
booking, payment, offer, note or hand-off of anybody may change, no text may reach the victim, no
link may lead elsewhere. Exit status 1 when one lands.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter

from loguru import logger

from tests.channels.obeying import attacks, came_of, landed
from tests.support.rooms import coolcare
from voiceagent.domain.outbound import OutboundRule


async def tried(part: int) -> int:
    """Try them; how many landed."""
    say = print
    began_s, by_way, wrong = time.monotonic(), Counter[str](), 0
    hosts = OutboundRule.of(coolcare()).hosts
    for attack in list(attacks())[::part]:
        by_way[attack.way] += 1
        if why := landed(attack, await came_of(attack), hosts):
            wrong += 1
            say(f"  {attack.way}, {attack.family}: {why}: {attack.sentence or attack.tool}")
    ways = ", ".join(f"{way} {count}" for way, count in by_way.items())
    seconds = time.monotonic() - began_s
    say(f"{by_way.total()} attacks in {seconds:.0f} s ({ways}): {wrong} forbidden effects")
    return wrong


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="./run soak-attacks", description=__doc__)
    parser.add_argument("--part", type=int, default=1, help="try every so many-th only")
    logger.remove()
    return 1 if asyncio.run(tried(parser.parse_args().part)) else 0


if __name__ == "__main__":
    sys.exit(main())
