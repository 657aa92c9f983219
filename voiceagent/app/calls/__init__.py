"""The calls of a worker: who is served, who may come back, and how each of them ended."""
