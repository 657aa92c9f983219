"""Calls that were kept whole, so that an incident can be run again offline, and reported."""
