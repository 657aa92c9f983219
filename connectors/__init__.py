"""Adapters to other companies' systems, one file each; they know our ports and nothing else."""
