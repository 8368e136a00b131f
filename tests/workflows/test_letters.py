"""Letters: which mails go out, to whom, how many, and what they say."""

import tomllib
from email.message import EmailMessage

import pytest

from shared.model.requests import RequestState, Right
from shared.wiring import Office
from shared.workflows import letters, receiving, requests
from tests.stand_ins import Clock
from tests.workflows.submitting import KARI
from tests.workflows.test_requests import delivered


def test_both_languages_have_the_same_letters() -> None:
    told = tomllib.loads((letters.TEMPLATES / "letters.toml").read_text("utf-8"))
    nb, en = (
        {name: sorted(one) for name, one in told[language]["letters"].items()}
        for language in ("nb", "en")
    )
    assert nb == en


STANDS = {"nb": "står fristen stille", "en": "stands still."}


@pytest.mark.parametrize("language", STANDS)
@pytest.mark.parametrize(("days", "stands"), [(0, True), (13, True), (14, True), (15, False)])
def test_a_question_says_that_the_clock_stands_only_if_it_does(
    office: Office,
    clock: Clock,
    outbox: list[EmailMessage],
    days: int,
    stands: bool,
    language: str,
) -> None:
    taken = receiving.receive(Right.ACCESS, KARI, office, language=language)
    clock.forward(days=days)
    asked = requests.ask(taken.reference, "Which Kari?", office, actor="privacy:1")
    assert asked.state is RequestState.PAUSED
    assert (requests.deadline_of(asked, office).due is None) is stands
    delivered(office, outbox)
    assert (STANDS[language] in outbox[-1].get_content()) is stands
