"""Decisions: pure, with the time as an argument and the reason in the answer."""
