"""What the guard costs a sentence: ``python -m tests.dialogue.model.guard_cost``.

The sentences are those of `test_guard`, refused and passed, against all sources of the reference
call; times are the thread's own on its core, whatever else the machine does. The goal for the 99th
percentile is 2 ms.
"""

from __future__ import annotations

import sys
from time import thread_time

from tests.dialogue.model.test_guard import ALL, PASSES, TODAY, UNBOOKED, WITHHELD
from voiceagent.dialogue.model.guard import check

ROUNDS = 40


def measured() -> list[tuple[float, str]]:
    """Milliseconds and sentence, quickest first; the first round warms up and does not count."""
    sentences = [*(one for many in WITHHELD.values() for one in many), *UNBOOKED, *PASSES]
    taken: list[tuple[float, str]] = []
    for at in range(ROUNDS + 1):
        for sentence in sentences:
            began_s = thread_time()
            check(sentence, ALL, TODAY)
            if at:
                taken.append(((thread_time() - began_s) * 1000, sentence))
    return sorted(taken)


def main() -> None:
    """Tell the figures."""
    taken = measured()
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    sys.stdout.write(f"{len(taken)} checks: p50 {p50[0]:.3f} ms, p99 {p99[0]:.3f} ms (goal 2 ms)\n")
    sys.stdout.write(f"dearest: {taken[-1][0]:.3f} ms {taken[-1][1]!r}\n")


if __name__ == "__main__":
    main()
