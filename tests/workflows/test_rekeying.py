"""Who is stored under an address as an earlier release spelt it is found again."""

from typing import Any

import pytest

from shared.model.requests import RequestState, Right
from shared.model.subjects import Subject
from shared.policy import addresses
from shared.store import rekeying as store
from shared.store import subjects, suppression
from shared.wiring import Office
from shared.workflows import letters, requests
from shared.workflows.rekeying import _respelt, rekey
from tests.stand_ins import Aws, Clock, Killed
from tests.workflows.submitting import post
from tests.workflows.test_requests import ask, confirm

NOW, BEFORE = "kari@xn--blbr-roah.no", "kari@blåbær.no"


def known_as(email: str, office: Office) -> str | None:
    return subjects.find(requests.lookup_of(email, office))


def lookup_before(email: str, office: Office) -> str:
    return _respelt("email", email, email, office).lookup


def stored_before(office: Office, now: str = NOW, before: str = BEFORE) -> Subject:
    """Somebody as an earlier release has stored them."""
    post(office, email=now)
    subject = subjects.read(known_as(now, office) or "")
    assert subject
    assert store.respell(subject, _respelt("email", now, before, office))
    found = subjects.read(subject.subject_id)
    assert found
    return found


def test_who_is_stored_otherwise_is_found_by_the_address_as_it_is_spelt_now(
    office: Office, aws: Aws
) -> None:
    before = stored_before(office)
    post(office, email="ola@example.com")
    assert known_as(BEFORE, office) is None
    told = rekey(office)
    assert (told.read, told.moved, told.taken, told.refused) == (2, 1, (), ())
    assert known_as(NOW, office) == before.subject_id
    after = subjects.read(before.subject_id)
    assert after
    assert [one.value for one in after.values if one.name == "email"] == [NOW]
    assert after.record_key == office.keys.erasure(requests.address(NOW))
    assert (after.facts, after.filing) == (before.facts, before.filing)
    assert subjects.find(lookup_before(BEFORE, office)) is None
    assert rekey(office).moved == 0


def test_a_rehearsal_says_so_and_writes_nothing(office: Office, aws: Aws) -> None:
    stored_before(office)
    items = aws.items()
    assert rekey(office, dry_run=True).moved == 1
    assert aws.items() == items


def test_two_who_are_found_by_one_spelling_are_told_and_never_joined(
    office: Office, aws: Aws
) -> None:
    before = stored_before(office)
    post(office, email=NOW)
    items = aws.items()
    told = rekey(office)
    assert (told.moved, told.taken) == (0, (before.subject_id,))
    assert aws.items() == items


@pytest.mark.parametrize("before", ["kåre@example.com", "=?utf-8?q?kari?=@example.com"])
def test_an_address_that_is_taken_in_no_longer_is_told(office: Office, before: str) -> None:
    subject = stored_before(office, before=before)
    told = rekey(office)
    assert (told.moved, told.refused) == (0, (subject.subject_id,))


@pytest.mark.parametrize(("before", "told"), [("info@fass.de", 1), ("info@σασ.gr", 1), (BEFORE, 0)])
def test_who_may_be_two_people_taken_for_one_is_told(
    office: Office, before: str, told: int
) -> None:
    now = addresses.email(before)
    if now == before:
        post(office, email=now)
    else:
        stored_before(office, now, before)
    assert len(rekey(office, dry_run=True).maybe_two) == told


def suppressions(aws: Aws) -> dict[str, Any]:
    return {one["pk"]["S"]: one for one in aws.items() if one["pk"]["S"].startswith("SUPP#")}


def test_a_suppression_goes_along_with_its_reasons(office: Office, aws: Aws, clock: Clock) -> None:
    stored_before(office)
    was, now = (
        f"SUPP#{getattr(_respelt('email', BEFORE, NOW, office), name)}"
        for name in ("was_suppression", "suppression")
    )
    for reason in ("a", "b"):
        suppression.put(was.removeprefix("SUPP#"), reason * 32, clock.now())
    rekey(office)
    (moved,) = suppressions(aws).values()
    assert (moved["pk"]["S"], {*moved["reasons"]["SS"]}) == (now, {"a" * 32, "b" * 32})


@pytest.mark.parametrize("writes", [1, 2])
def test_whoever_is_killed_leaves_everybody_found_by_one_spelling(
    office: Office, aws: Aws, writes: int
) -> None:
    people = [
        stored_before(office),
        stored_before(office, "ola@xn--blbr-roah.no", "ola@blåbær.no"),
    ]
    with pytest.raises(Killed), aws.killed_after(writes):
        rekey(office)
    assert rekey(office).moved == 2 - writes
    found = [known_as(one, office) for one in (NOW, "ola@xn--blbr-roah.no")]
    assert found == [one.subject_id for one in people]


def test_who_is_changed_meanwhile_is_read_again(office: Office, aws: Aws) -> None:
    before = stored_before(office)

    def change() -> None:
        subjects.replace(before, before.facts, before.filing)

    with aws.between("TransactWriteItems", change):
        assert rekey(office).moved == 1
    assert known_as(NOW, office) == before.subject_id


def test_a_request_under_the_address_before_is_that_of_the_person(
    office: Office, clock: Clock
) -> None:
    subject = stored_before(office)
    rekey(office)
    reference = ask(office, Right.ACCESS, BEFORE)
    posted = letters.letter("confirm", requests.read(reference), number="1")
    assert letters.compose(posted, office)["To"] == NOW
    confirm(reference, office)
    answered = requests.read(reference)
    assert (answered.state, answered.subject_id) == (RequestState.ANSWERED, subject.subject_id)
