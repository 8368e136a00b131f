"""References: random, and never to be taken for a code."""

import re

from shared.gateways.references import new_reference


def test_a_reference_is_32_hexadecimal_digits_that_nobody_takes_for_a_code() -> None:
    drawn = {new_reference() for _ in range(300)}
    assert len(drawn) == 300
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in drawn)
    assert not [one for one in drawn if re.search(r"\d{6}", one)]
