"""Pages and plain routes of the engine's own; nothing here knows a carrier or a database."""
