"""Simulated callers: people with facts, wishes and tempers, judged by what the database holds.

A persona knows nothing of the engine. It reads what the agent says, makes out by its own means what
is asked, and answers in wordings of its own; whoever drives the conversation carries words to and
fro and shows, at the end, what was stored (`ending.EndState`). `verdict.judge` compares that with
what the persona wanted.

The wordings are written without a look at how the engine understands people. Keep it so: a caller
who talks as the rules expect finds nothing.
"""
