"""Dialogue pipelines: the only rooms that know pipecat.

`conversation` runs the house policy with its tools and is shared by voice and text; `cascade` puts
it behind a carrier's line (speech in, speech out); `text` behind a chat.
"""
