"""An outside package: it knows the engine only by what it imports of it."""
