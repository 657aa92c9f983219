"""The commands. Each module is one group; nothing else in the engine prints."""
