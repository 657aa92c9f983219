"""The conversation panel: does the engine take turns as people do, measured on the wire.

Definitions and windows are those of the public tau-voice leaderboard (sierra-research/tau2-bench,
its page on interaction metrics); `scoring` says where ours are stricter.
"""
