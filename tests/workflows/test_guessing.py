"""Of many guesses at a code at once no more than five are looked at; none uses up a link."""

from collections.abc import Callable
from functools import partial

import pytest

from shared.errors import NotFound
from shared.model.requests import Request, RequestState
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


@pytest.mark.parametrize("wrong", [0, MANY])
def test_of_many_guesses_at_once_five_are_looked_at(office: Office, aws: Aws, wrong: int) -> None:
    guess, right = at_a_code(office)
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


def test_the_last_try_may_be_the_right_one(office: Office) -> None:
    guess, right = at_a_code(office)
    assert [_good(guess, "b" * 32) for _ in range(4)] == [False] * 4
    known = guess(right)
    assert known.code
    assert known.code.tries == 0


def test_whoever_sent_a_request_cannot_use_up_the_link_of_the_person(office: Office) -> None:
    post(office)
    reference = ask(office)
    for _ in range(MANY):
        assert not _good(lambda token: proving.by_link(reference, token, office), "b" * 32)
    token = letters.link_token(reference, 1, office)
    assert proving.confirm(reference, token, office).state is RequestState.IDENTIFIED
