"""Everything that a table says, decoded: keys, JSON inside strings, base64, sets and bytes."""

import json
from base64 import b64decode, urlsafe_b64decode
from binascii import Error
from collections.abc import Iterator
from hashlib import md5, sha1, sha256, sha512
from typing import Any

DIGESTS = (md5, sha1, sha256, sha512)


def texts(thing: Any) -> Iterator[str]:
    """Every text in an item, also what is hidden in another text."""
    if isinstance(thing, dict):
        for name, one in thing.items():
            yield name
            yield from texts(one)
    elif isinstance(thing, list | tuple | set):
        for one in thing:
            yield from texts(one)
    elif isinstance(thing, bytes):
        yield thing.decode("utf-8", "replace")
    elif isinstance(thing, str):
        yield thing
        yield from _inside(thing)


def _inside(text: str) -> Iterator[str]:
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if isinstance(content, dict | list | str):
        yield from texts(content)
    for part in (text, *text.split(".")):
        for decode in (b64decode, urlsafe_b64decode):
            try:
                raw = decode(part + "=" * (-len(part) % 4))
            except (Error, ValueError):
                continue
            yield raw.decode("utf-8", "replace")


def found(words: set[str], items: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """The words that stand anywhere, in any case, or whose plain digest does; and in which item."""
    wanted = {word: (word.casefold(), *_digests(word)) for word in words}
    told = {_kind(item): "" for item in items}
    for item in items:
        told[_kind(item)] += "\n".join(texts(item)).casefold()
    return {
        (word, kind)
        for kind, text in told.items()
        for word, forms in wanted.items()
        if any(form in text for form in forms)
    }


def _kind(item: dict[str, Any]) -> str:
    return " ".join(item[key]["S"].partition("#")[0] for key in ("pk", "sk"))


def _digests(word: str) -> Iterator[str]:
    """What anybody could compute who guesses the word."""
    for digest in DIGESTS:
        yield digest(word.encode()).hexdigest()
