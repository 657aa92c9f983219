"""What operators look at: logs and counters."""
