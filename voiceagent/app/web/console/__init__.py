"""The console: what an owner and an operator look at, in a browser."""
