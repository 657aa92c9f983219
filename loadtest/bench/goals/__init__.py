"""Experiments that measure the performance goals, one module per kind; see docs/benchmarks.md."""
