"""Load by replay: recorded callers over the carrier's protocol, many at once, and what they saw.

`callers` reads who calls, `schedule` says when, `run` lets them call, `results` is the record that
is kept, `figures` what it comes to, `budgets` whether that is good enough. `loadtest.report` draws
the page. Nothing here knows the engine: who wants its own figures in the record hands in a look at
it (`run.EngineSide`).
"""
