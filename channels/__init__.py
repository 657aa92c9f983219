"""Written channels: one file each, over one thread a person and the dialogue of every call."""
