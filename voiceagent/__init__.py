"""The engine: what is true of any phone call, with no vendor's name in it."""
