"""Sensitive text: does it look like something that should not have been written here?

Pure.  A finding is a reason to warn and to flag, never to refuse: the rule of thumb errs
now and then: of random numbers that begin with a date, three in a hundred have the digits.

Sources
    Statement §16                      no sensitive data by e-mail
    Population register, control digits of national identity numbers
        k1 weights 3 7 6 1 8 9 4 5 2 (1), remainder 0, from 2032 also 1 to 3
        k2 weights 5 4 3 2 7 6 5 4 3 2 (1), remainder 0
        D-number: day + 40; H-number: month + 40; synthetic: month + 80
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from shared.model.contacts import Sensitive

K1 = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
K2 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
K1_REMAINDERS = (0, 1, 2, 3)
ELEVEN_DIGITS = re.compile(r"(?<![0-9])([0-9]{6})[ .\u00a0-]?([0-9]{5})(?![0-9])")
NUMBER_NAMES = (
    "fødselsn",
    "foedselsn",
    "fodselsn",
    "personn",
    "pers\\.?nr",
    "f\\.?nr",
    "d-n",
    "national id",
    "identity n",
    "id number",
    "social security",
)
DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def found_in(text: str, words: Mapping[str, tuple[str, ...]]) -> tuple[Sensitive, ...]:
    """What a text seems to contain.  `words` by special category, as the statement writes them."""
    return tuple(_findings(text, words))


def named_in(text: str, words: Mapping[str, tuple[str, ...]]) -> tuple[Sensitive, ...]:
    """What a text contains without a doubt: a special category, and a number named for what it is.

    The example is a synthetic number: nobody's.

    >>> [*map(str, named_in("Fnr. 259269 00059", {}))], named_in("Order 25926900059", {})
    (['national_id'], ())
    """
    named = re.search(rf"\b(?:{'|'.join(NUMBER_NAMES)})", text, re.IGNORECASE)
    found = found_in(text, words)
    return tuple(one for one in found if named or one is not Sensitive.NATIONAL_ID)


def _findings(text: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[Sensitive]:
    if any(is_national_id("".join(match.groups())) for match in ELEVEN_DIGITS.finditer(text)):
        yield Sensitive.NATIONAL_ID
    listed = [word for group in words.values() for word in group]
    if _has_one_of(text, listed):
        yield Sensitive.SPECIAL_CATEGORY


def _has_one_of(text: str, words: Iterable[str]) -> bool:
    """Whether a word of the statement is in it: "*" is the rest of a word, "=" goes by the case.

    >>> _has_one_of("Kreftforeningen", ["kreft"]), _has_one_of("KREFTSYK", ["kreft*"])
    (False, True)
    >>> _has_one_of("Kristen", ["=kristen"]), _has_one_of("kristen", ["=kristen"])
    (False, True)
    """
    by_case: dict[bool, list[str]] = {True: [], False: []}
    for word in words:
        pattern = re.escape(word.removeprefix("=")).replace(r"\*", r"\w*")
        by_case[word.startswith("=")].append(pattern)
    return any(
        bool(listed and re.search(rf"\b(?:{'|'.join(listed)})\b", text, flags))
        for listed, flags in ((by_case[True], 0), (by_case[False], re.IGNORECASE))
    )


def is_national_id(digits: str) -> bool:
    """Whether eleven digits have a plausible date of birth and both control digits.

    The example is a synthetic number: nobody's.

    >>> is_national_id("25926900059"), is_national_id("25926900058")
    (True, False)
    """
    day, month = int(digits[:2]) % 40, int(digits[2:4]) % 20
    plausible = (
        int(digits[:2]) <= 71
        and int(digits[2:4]) // 20 in {0, 2, 4}
        and 1 <= month <= 12
        and 1 <= day <= DAYS_OF_MONTH[month - 1]
    )
    return plausible and _remainder(digits, K1) in K1_REMAINDERS and _remainder(digits, K2) == 0


def _remainder(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11
