"""The outside world besides the table: clock, references, keys."""
