"""Workflows: read, decide, write, in that order."""
