"""References: identifiers are random, never derived from a person."""

import secrets


def new_reference() -> str:
    """128 random bits as 32 URL-safe characters."""
    return secrets.token_hex(16)
