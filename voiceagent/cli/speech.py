"""The ``transcribe`` and ``say`` commands: the offline speech parts by themselves."""
