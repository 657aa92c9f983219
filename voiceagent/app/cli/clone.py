"""Commands that only a clone has: they need the tests, the bench and packages for development.

The script ``run`` installs what they need and starts them; they are listed here so that help shows
one list. A test compares the two.
"""

from __future__ import annotations

from typing import Final

COMMANDS: Final = (
    ("test", "Run the tests (the golden calls by voice have their own)."),
    ("test-voice", "Play the golden calls by voice: ten minutes of real telephone calls."),
    ("test-golden", "Every golden call by OpenAI's Realtime, and it killed in every turn of one."),
    ("test-peers", "OpenAI, Twilio and Stripe as servers of others understand them; needs Node."),
    ("test-handoff", "Hand callers over: joined, busy, mailbox, nobody, caller gone: a minute."),
    ("test-browser", "Phone, console and chat in headless Chromium; --console, --chat, --measure."),
    ("test-dashboards", "Boards and alerts on a real Prometheus: seven minutes."),
    ("test-replay", "Record calls by voice, a broken provider and 50 in writing; replay: 12 min."),
    ("corpus", "Judge the labelled sentences: corpus danger, acts, knowledge."),
    ("check", "Lint and types."),
    ("coverage", "Branch coverage of the rules, which may only rise."),
    ("explore", "Try properties with 500 new examples each, e.g. ./run explore tests/domain"),
    ("fuzz", "Fuzz the carrier's codec, e.g. ./run fuzz -runs=5000000"),
    ("fuzz-api", "12,000 requests drawn from the OpenAPI document, at a served engine: minutes."),
    ("soak-malformed", "10,000 bad messages into 20 live calls: one minute."),
    ("soak-threads", "1,000 threads of ten messages on two workers that are killed: two minutes."),
    ("soak-attacks", "A model that obeys attackers, on every channel: no effect: two minutes."),
    ("soak-bookings", "10,000 bookings at once, a tenth killed midway; --machine N: any order."),
    ("soak-payments", "20,000 payment webhooks, copied, shuffled, cut off: two minutes."),
    ("soak-endings", "Any end of a call with any part stuck: free within 3 seconds."),
    ("soak-secrets", "10,000 card numbers, 1,000 pairs of callers: none found: minutes."),
    ("soak-database", "The database lost at every statement of four errands: minutes."),
    (
        "bench",
        "Calls on one core beside a stock bot; also: goals, soak, panel (docs/commands.md).",
    ),
)
"""Name and one line of help, in the order of the list."""
