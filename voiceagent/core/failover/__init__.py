"""What is done when a provider of a call's hearing or speaking fails: the next one goes on.

`chain` is the order of the providers and what is known of each, shared by a worker's calls.
`recognition` rules a caller's turn, `speech` a sentence of ours: a table each. The language model
has the same in `voiceagent.dialogue.fallback`.
"""
