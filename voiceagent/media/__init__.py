"""The media plane: every 20 ms of every call, on one clock; no vendor, no model of language."""
