"""What anybody can have sent stands beside what was proved, until its person confirms it."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from shared.errors import NotFound
from shared.model.requests import Right
from shared.model.staff import Action, Staff
from shared.policy import access_rights
from shared.policy.notes import Decision, Reading
from shared.store import requests as store
from shared.wiring import Office
from shared.workflows import access, auditing, beside, changes, events, letters, people, posting
from shared.workflows import requests as workflow
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, post, send, settle
from tests.workflows.test_imports import take_list
from tests.workflows.test_requests import ask, confirm

SALES = Staff(subject="8f3a", roles=frozenset({"sales"}))


def customer(office: Office, clock: Clock) -> None:
    post(office, name="Kari", phone="+4790123456")
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())


def corrected(office: Office, clock: Clock) -> None:
    post(office, name="Karl", phone="+4790123456")
    reference = ask(office, Right.RECTIFICATION)
    workflow.identify(reference, office, actor="data subject", because="x")
    clock.forward(minutes=1)
    changes.rectify(reference, {"name": "Kari"}, "wrong", office, actor="privacy:1")


def confirmed(office: Office, clock: Clock) -> None:
    """Somebody who was a customer when a form came in, which they confirmed."""
    post(office, name="Karl")
    events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    clock.forward(minutes=1)
    say(post(office, name="Kari").reference, office)
    events.note(KARI, Event.CUSTOMER_END, office, at=clock.now())


GUARDED: dict[str, Callable[[Office, Clock], None]] = {
    "a customer": customer,
    "corrected": corrected,
    "confirmed": confirmed,
}


def current(aws: Aws, name: str) -> str:
    values = aws.profile()["values"]["M"]
    return str(values[name]["M"]["value"]["S"]) if name in values else ""


def say(reference: str, office: Office, *, confirms: bool = True) -> None:
    """As whoever follows the letter's link."""
    beside.answer(reference, token(reference, office), office, confirms=confirms)
    settle(office)


def token(reference: str, office: Office) -> str:
    return letters.form_path(reference, office).rpartition("/")[2]


def waiting(office: Office) -> list[tuple[str, Any]]:
    """What stands beside, as the report tells it."""
    values = access.report(KARI, office).values
    return [(one.name, one.value) for one in values if one.unconfirmed]


def agreed(office: Office) -> set[str]:
    return set(access_rights.agreed_to(access.report(KARI, office).consents))


def posted(office: Office, outbox: list[EmailMessage]) -> list[EmailMessage]:
    """The mails about forms that go out now."""
    outbox.clear()
    for one in list(store.unsent(office.now() + timedelta(days=1))):
        if one.letter.name == letters.BESIDE:
            posting.deliver(one.letter.reference, one.sk, office)
    return outbox


@pytest.mark.parametrize("whose", GUARDED)
def test_a_form_of_anybodys_does_not_replace_what_was_proved(
    office: Office, aws: Aws, clock: Clock, whose: str
) -> None:
    GUARDED[whose](office, clock)
    clock.forward(days=1)
    post(office, name="Mallory", choices=["newsletter"])
    assert current(aws, "name") == "Kari"
    assert waiting(office) == [("name", "Mallory")]
    assert agreed(office) == set()
    assert "subscribed_since" not in aws.profile()
    assert aws.profile()["last_contact"]["S"].startswith("2026-11-23")


@pytest.mark.parametrize("whose", GUARDED)
def test_what_the_person_confirms_is_used(
    office: Office, aws: Aws, clock: Clock, whose: str
) -> None:
    GUARDED[whose](office, clock)
    clock.forward(days=1)
    reference = post(office, name="Kari Nordmann", choices=["newsletter"]).reference
    clock.forward(hours=1)
    say(reference, office)
    assert (current(aws, "name"), waiting(office)) == ("Kari Nordmann", [])
    assert agreed(office) == {"newsletter"}
    assert aws.profile()["subscribed_since"]["S"].startswith("2026-11-23T10")
    with pytest.raises(NotFound):
        say(reference, office)


@pytest.mark.parametrize("whose", GUARDED)
def test_what_the_person_rejects_is_never_used(
    office: Office, aws: Aws, clock: Clock, whose: str
) -> None:
    GUARDED[whose](office, clock)
    clock.forward(days=1)
    reference = post(office, name="Mallory", choices=["newsletter"]).reference
    say(reference, office, confirms=False)
    assert (current(aws, "name"), waiting(office), agreed(office)) == ("Kari", [], set())
    with pytest.raises(NotFound):
        say(reference, office)


def test_of_whom_nothing_was_proved_a_form_replaces_what_another_said(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office, name="Karl")
    clock.forward(days=1)
    post(office, name="Kari", choices=["newsletter"])
    assert (current(aws, "name"), waiting(office)) == ("Kari", [])
    assert agreed(office) == {"newsletter"}


def test_a_value_that_was_not_corrected_is_replaced(office: Office, aws: Aws, clock: Clock) -> None:
    corrected(office, clock)
    clock.forward(days=1)
    post(office, name="Kari", phone="+4722222222")
    assert (current(aws, "phone"), waiting(office)) == ("+4722222222", [])


@pytest.mark.parametrize("whose", GUARDED)
def test_a_list_replaces_nothing_that_was_proved(
    office: Office, aws: Aws, clock: Clock, whose: str
) -> None:
    GUARDED[whose](office, clock)
    clock.forward(days=1)
    take_list(office, ({"Email": KARI, "First Name": "Mallory", "Last Name": "M"},))
    assert current(aws, "name") == "Kari"


def test_what_was_corrected_meanwhile_is_not_undone_by_confirming(
    office: Office, aws: Aws, clock: Clock
) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    reference = post(office, name="Karla", phone="+4722222222").reference
    request = ask(office, Right.RECTIFICATION)
    workflow.identify(request, office, actor="data subject", because="x")
    clock.forward(minutes=1)
    changes.rectify(request, {"name": "Kari N."}, "wrong", office, actor="privacy:1")
    assert waiting(office) == [("phone", "+4722222222")]
    say(reference, office)
    assert (current(aws, "name"), current(aws, "phone")) == ("Kari N.", "+4722222222")


def test_of_two_forms_that_are_both_confirmed_the_later_holds(
    office: Office, aws: Aws, clock: Clock
) -> None:
    customer(office, clock)
    sent = []
    for name in ("Karla", "Kari N."):
        clock.forward(minutes=1)
        sent.append(post(office, name=name).reference)
    clock.forward(hours=1)
    for reference in sent:
        say(reference, office)
    assert current(aws, "name") == "Kari N."


@pytest.mark.parametrize("right", [Right.OBJECTION, Right.WITHDRAWAL])
def test_after_a_proved_stop_a_choice_needs_the_persons_own_word(
    office: Office, clock: Clock, right: Right
) -> None:
    post(office, "newsletter", choices=["newsletter", "marketing_phone"])
    confirm(ask(office, right), office)
    clock.forward(days=1)
    reference = post(office, "newsletter", choices=["newsletter"]).reference
    assert agreed(office) == set()
    assert access.report(KARI, office).facts.subscribed_since is None
    clock.forward(hours=1)
    say(reference, office)
    assert agreed(office) == {"newsletter"}
    assert access.report(KARI, office).facts.subscribed_since == clock.now()


def test_the_person_is_asked_by_a_mail_that_repeats_no_word(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    reference = post(office, name="Mallory").reference
    (mail,) = posted(office, outbox)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert str(mail["To"]) == KARI
    assert letters.form_path(reference, office) in text
    assert "Mallory" not in mail.as_string()


def test_nobodys_mailbox_is_filled_by_forms(
    office: Office, clock: Clock, outbox: list[EmailMessage]
) -> None:
    customer(office, clock)
    for number in range(8):
        clock.forward(minutes=1)
        post(office, name=f"Mallory {number}")
    assert len(posted(office, outbox)) == 5


def test_a_link_is_good_for_thirty_days_and_only_whole(office: Office, clock: Clock) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    reference = post(office, name="Karla").reference
    with pytest.raises(NotFound):
        beside.seen(reference, "b" * 32, office)
    assert [one.value for one in beside.seen(reference, token(reference, office), office).values]
    clock.forward(days=30)
    with pytest.raises(NotFound):
        say(reference, office)


def test_what_nobody_confirms_lapses_with_its_link_and_what_is_answered_does_not(
    office: Office, aws: Aws, clock: Clock
) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    reference, sent_at = post(office, name="Karla").reference, clock.now()
    (waits,) = (one for one in aws.items() if one["sk"]["S"].startswith("J#"))
    assert int(waits["ttl"]["N"]) == int((sent_at + timedelta(days=30)).timestamp())
    beside.answer(reference, token(reference, office), office, confirms=True)
    (answered,) = (one for one in aws.items() if one["sk"]["S"].startswith("J#"))
    assert "ttl" not in answered


def test_what_stands_beside_goes_with_the_person(office: Office, aws: Aws, clock: Clock) -> None:
    corrected(office, clock)
    clock.forward(days=1)
    reference = post(office, name="Mallory").reference
    confirm(ask(office, Right.ERASURE), office)
    assert "Mallory" not in str(aws.items())
    with pytest.raises(NotFound):
        say(reference, office)


# Staff -----------------------------------------------------------------------------------------


def decide(reference: str, office: Office, *, confirms: bool) -> None:
    permission = access_rights.permitted(SALES.roles, Action.NOTE, office.statement)
    told = Decision(email=KARI, reference=reference, confirms=confirms)
    beside.decide(SALES, permission, told, office)


def seen_by_staff(office: Office) -> list[tuple[str, Any]]:
    permission = access_rights.permitted(SALES.roles, Action.READ, office.statement, "reply")
    person = people.read(SALES, permission, Reading(email=KARI, purpose="reply"), office)
    return [(one.reference, one.value.value) for one in person.beside]


@pytest.mark.parametrize(("confirms", "name"), [(True, "Karla"), (False, "Kari")])
def test_staff_see_what_stands_beside_and_confirm_or_drop_it_on_record(
    office: Office, aws: Aws, clock: Clock, confirms: bool, name: str
) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    reference = post(office, name="Karla").reference
    assert seen_by_staff(office) == [(reference, "Karla")]
    decide(reference, office, confirms=confirms)
    assert (current(aws, "name"), seen_by_staff(office)) == (name, [])
    trail = auditing.trail(aws.profile()["pk"]["S"].removeprefix("S#"))
    because = "form-confirmed" if confirms else "form-dropped"
    assert because in [one.because for one in trail]
    with pytest.raises(NotFound):
        decide(reference, office, confirms=confirms)


def test_staff_agree_to_nothing_for_somebody_else(office: Office, clock: Clock) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    reference = post(office, name="Karla", choices=["newsletter"]).reference
    decide(reference, office, confirms=True)
    assert agreed(office) == set()
    say(reference, office)
    assert agreed(office) == {"newsletter"}


def test_what_is_asked_once_is_not_settled_again(office: Office, aws: Aws, clock: Clock) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    send(office, name="Karla")
    settle(office)
    before = aws.items()
    settle(office)
    assert aws.items() == before


@pytest.mark.parametrize("confirms", [True, False])
def test_an_answer_that_was_lost_and_is_written_again_is_told_as_given(
    office: Office, aws: Aws, clock: Clock, confirms: bool
) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    reference = post(office, name="Karla").reference
    with aws.twice():
        say(reference, office, confirms=confirms)
    assert waiting(office) == []


@pytest.mark.parametrize("confirms", [True, False])
def test_staff_decide_once_though_the_answer_was_lost(
    office: Office, aws: Aws, clock: Clock, confirms: bool
) -> None:
    customer(office, clock)
    clock.forward(minutes=1)
    reference = post(office, name="Karla").reference
    with aws.twice():
        decide(reference, office, confirms=confirms)
    whose = events.find(KARI, office)
    told = beside.CONFIRMED if confirms else beside.DROPPED
    assert [one.because for one in auditing.trail(whose)].count(told) == 1
