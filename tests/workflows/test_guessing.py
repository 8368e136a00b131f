"""Of many guesses at a link or a code at once no more than five are looked at."""

from collections.abc import Callable
from functools import partial

import pytest

from shared.errors import NotFound
from shared.model.requests import Proof, Request
from shared.wiring import Office
from shared.workflows import answers, letters, proving, requests
from tests.conformance.callers import at_once
from tests.stand_ins import Aws
from tests.workflows.submitting import post
from tests.workflows.test_requests import ask

MANY = 24


def at_a_code(office: Office) -> tuple[Callable[[str], Request], str]:
    post(office)
    reference = ask(office)
    proving.confirm(reference, letters.link_token(reference, 1, office), office)
    answers.carry_out(reference, office)
    proving.new_code(requests.read(reference), office)
    known = requests.read(reference)
    return lambda code: proving.try_code(known, code, office), letters.code_of(reference, 1, office)


def at_a_link(office: Office) -> tuple[Callable[[str], Request], str]:
    post(office)
    reference = ask(office)
    right = letters.link_token(reference, 1, office)
    return lambda token: proving.by_link(reference, token, office), right


@pytest.mark.parametrize("at", [at_a_code, at_a_link])
@pytest.mark.parametrize("wrong", [0, MANY])
def test_of_many_guesses_at_once_five_are_looked_at(
    office: Office,
    aws: Aws,
    at: Callable[[Office], tuple[Callable[[str], Request], str]],
    wrong: int,
) -> None:
    guess, right = at(office)
    with aws.one_at_a_time():
        took = at_once([partial(_good, guess, "b" * 32 if wrong else right) for _ in range(MANY)])
    assert took.count(True) == (0 if wrong else 5)
    assert not _good(guess, right), "no try is left, not even for the right one"


def _good(guess: Callable[[str], Request], what: str) -> bool:
    try:
        guess(what)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("at", [at_a_code, at_a_link])
def test_the_last_try_may_be_the_right_one(
    office: Office, at: Callable[[Office], tuple[Callable[[str], Request], str]]
) -> None:
    guess, right = at(office)
    assert [_good(guess, "b" * 32) for _ in range(4)] == [False] * 4
    known = guess(right)
    left: list[Proof | None] = [known.code or known.link]
    assert [one.tries for one in left if one] == [0]
