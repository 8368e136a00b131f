"""A submission arrives and is kept for its reason."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from msgspec import structs

from shared.errors import Conflict, FaultCode, Invalid, KeyReused
from shared.model.contacts import Sensitive, Visit
from shared.store import subjects
from shared.wiring import Office
from shared.workflows import access, events
from shared.workflows.events import Event
from tests.stand_ins import Aws, Clock
from tests.workflows.submitting import KARI, VISIT, post, send


def day_of(item: dict[str, dict[str, str]]) -> str:
    return item["due_sk"]["S"][:10]


def ttl_of(item: dict[str, dict[str, str]]) -> date:
    return datetime.fromtimestamp(int(item["ttl"]["N"]), UTC).date()


def kinds(aws: Aws) -> Counter[str]:
    return Counter(item["sk"]["S"].partition("#")[0] for item in aws.items_of_people())


def test_a_first_submission_makes_a_data_subject(office: Office, aws: Aws) -> None:
    post(office, name="Kari", choices=["marketing_email"])
    assert kinds(aws) == {"PROFILE": 1, "I": 1, "V": 1, "C": 1, "-": 1}


def test_every_value_carries_its_source_and_its_purpose(office: Office) -> None:
    post(office, "download", name="Kari", interests=["solar"])
    held = {one.name: one for one in access.report(KARI, office).values}
    assert (held["interests"].value, held["interests"].purpose) == (("solar",), "material")
    assert (held["name"].source.kind, held["name"].source.form) == ("form", "download")
    assert (held["ip"].source.kind, held["ip"].purpose) == ("browser", "website")


def test_a_later_submission_adds_values_and_keeps_the_earlier_ones(
    office: Office, clock: Clock
) -> None:
    post(office, name="Kari", message="First")
    clock.forward(days=1)
    post(office, name="Kari Nordmann", message="Second")
    values = [(one.name, one.value) for one in access.report(KARI, office).values]
    assert [value for name, value in values if name == "name"] == ["Kari", "Kari Nordmann"]
    assert [value for name, value in values if name == "message"] == ["First", "Second"]


def test_the_same_address_is_the_same_data_subject(office: Office, aws: Aws) -> None:
    post(office, email="Kari@Example.com")
    post(office, email="kari@EXAMPLE.com")
    assert kinds(aws)["PROFILE"] == 1


def test_chats_from_one_number_share_a_data_subject_that_has_no_address(
    office: Office, aws: Aws
) -> None:
    post(office, "chat", email=None, phone="70310086")
    post(office, "chat", email=None, phone="+47 70 31 00 86")
    post(office, "chat", phone="70310086")
    assert kinds(aws)["PROFILE"] == 2


def test_the_answer_is_the_same_for_known_and_unknown_addresses(office: Office) -> None:
    unknown, known = post(office), post(office)
    assert replace(unknown, reference="") == replace(known, reference="")


def test_the_answer_names_the_first_day_without_the_data(office: Office) -> None:
    assert post(office).erased_on == date(2028, 11, 23)
    assert post(office, choices=["newsletter"]).erased_on is None


def test_an_order_does_not_by_itself_make_a_customer(office: Office) -> None:
    post(office, "order", products=["Heat pump"])
    assert access.report(KARI, office).erased_on == date(2028, 11, 23)


@pytest.mark.parametrize("choices", [[], ["marketing_email", "marketing_phone"]])
def test_only_the_newsletter_subscribes(office: Office, aws: Aws, choices: list[str]) -> None:
    post(office, choices=choices)
    assert "subscribed_since" not in aws.profile()


def test_a_consent_is_recorded_with_the_text_that_was_shown(office: Office) -> None:
    post(office, choices=["newsletter"], notice="avara-2026-11-nb")
    (consent,) = access.report(KARI, office).consents
    assert (consent.text_id, consent.language, consent.form) == ("newsletter/1/nb", "nb", "contact")
    assert (consent.granted, consent.method, len(consent.text_hash)) == (True, "ticked", 64)


def test_a_filled_honeypot_is_answered_and_nothing_is_stored(office: Office, aws: Aws) -> None:
    answer = post(office, subject_line="https://spam.example", unknown="x")
    assert answer.erased_on == date(2028, 11, 23)
    assert aws.items() == []


# Technical data ------------------------------------------------------------------------------


def technical(office: Office) -> dict[str, object]:
    return {
        one.name: one.value
        for one in access.report(KARI, office).values
        if one.source.kind == "browser"
    }


def test_technical_data_is_kept_apart_for_thirty_days(office: Office, aws: Aws) -> None:
    post(office, page="https://user:pw@www.avara.no/contact?name=Kari#top")
    (item,) = (one for one in aws.items() if one["sk"]["S"].startswith("V#"))
    assert technical(office)["page"] == "https://www.avara.no/contact"
    assert (day_of(item), ttl_of(item)) == ("2026-12-23", date(2027, 1, 5))


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("https://www.avara.no/kontakt?fbclid=" + "x" * 1990, "https://www.avara.no/kontakt"),
        ("https://www.avara.no/" + "x" * 2000, None),
        ("http://stack_1.example:8000/page/contact", "http://stack_1.example:8000/page/contact"),
        ("about:srcdoc", None),
        ("capacitor://localhost/kontakt", None),
        ("file:///android_asset/index.html", None),
        ("/page/contact", None),
        ("http://[x", None),
        ("http://x:99999/", None),
        ("https://avara.no/\x00", None),
        (["https://avara.no/", "https://avara.no/"], None),
        (1, None),
    ],
)
def test_a_page_that_is_none_of_a_website_is_left_out_and_the_message_kept(
    office: Office, page: object, kept: str | None
) -> None:
    post(office, message="Hi", page=page)
    assert technical(office).get("page") == kept
    assert [one.value for one in access.report(KARI, office).values if one.name == "message"] == [
        "Hi"
    ]


@pytest.mark.parametrize(
    ("visit", "collected"),
    [
        pytest.param(VISIT, False, id="no choice was made"),
        pytest.param(
            structs.replace(VISIT, cookie_choices=frozenset({"prefill"})),
            False,
            id="another choice",
        ),
        pytest.param(
            structs.replace(VISIT, cookie_choices=frozenset({"statistics"})),
            True,
            id="statistics chosen",
        ),
        pytest.param(
            structs.replace(VISIT, cookie_choices=frozenset({"statistics"}), objects=True),
            False,
            id="the browser objects",
        ),
    ],
)
def test_behaviour_and_identification_need_the_choice_for_statistics(
    office: Office, visit: Visit, collected: bool
) -> None:
    post(office, visit=visit)
    assert ({"behaviour", "identification"} <= technical(office).keys()) is collected


def test_a_browsers_objection_is_recorded_and_leaves_ticked_choices_as_they_are(
    office: Office,
) -> None:
    post(office, visit=structs.replace(VISIT, objects=True), choices=["newsletter"])
    consents = {one.purpose: one.granted for one in access.report(KARI, office).consents}
    assert consents == {"newsletter": True, "statistics": False, "personalisation": False}


# Free text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "Christian Bakke"},
        {"name": "Kristen Lie"},
        {"name": "Ola Kristensen"},
        {"name": "Kari Hivju"},
        {"business": "Kreftforeningen"},
        {"business": "Apache Hive konsulenter"},
        {"position": "Medisinsk sekretær"},
        {"address": "Kristensens gate 4"},
        {"message": "Hindustan Unilever sender ordre"},
    ],
    ids=lambda sent: next(iter(sent.values())),
)
def test_a_name_is_not_taken_for_a_faith_or_an_illness(
    office: Office, sent: dict[str, str]
) -> None:
    assert post(office, **sent).warnings == ()


def test_a_national_identity_number_is_warned_of_wherever_it_is_written(office: Office) -> None:
    assert post(office, name="Kari 25926900059").warnings == (Sensitive.NATIONAL_ID,)


def test_a_line_ends_with_a_line_feed_and_letters_are_stored_as_they_are(
    office: Office, aws: Aws
) -> None:
    post(office, message="Hei på deg\r\n\tblåbær")
    (item,) = (one for one in aws.items() if one["sk"]["S"].startswith("I#"))
    assert "Hei på deg\\n\\tblåbær" in item["content"]["S"]


def test_what_was_stored_with_escapes_is_read_as_it_was_written(office: Office, aws: Aws) -> None:
    post(office, message="blåbær")
    (item,) = (one for one in aws.items() if one["sk"]["S"].startswith("I#"))
    escaped = json.dumps(json.loads(item["content"]["S"]))
    assert "bl\\u00e5b\\u00e6r" in escaped
    aws.client.put_item(TableName=aws.table, Item={**item, "content": {"S": escaped}})
    (told,) = (one for one in access.report(KARI, office).values if one.name == "message")
    assert told.value == "blåbær"


def test_sensitive_text_is_accepted_flagged_and_warned_about(office: Office) -> None:
    answer = post(office, message="Jeg er sykmeldt. 25926900059")
    (contact,) = access.report(KARI, office).contacts
    assert answer.warnings == (Sensitive.NATIONAL_ID, Sensitive.SPECIAL_CATEGORY)
    assert contact.flags == answer.warnings


# What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        pytest.param({"email": None}, ("/email", FaultCode.REQUIRED), id="no address"),
        pytest.param({"email": "kari"}, ("/email", FaultCode.NOT_AN_EMAIL), id="no real address"),
        pytest.param({"email": 7}, ("/email", FaultCode.NOT_TEXT), id="an address that is no text"),
        pytest.param({"phone": "12"}, ("/phone", FaultCode.NOT_A_PHONE), id="no real number"),
        pytest.param({"shoe": "42"}, ("", FaultCode.UNKNOWN_FIELD), id="an unknown field"),
        pytest.param({"shoe": ""}, ("", FaultCode.UNKNOWN_FIELD), id="an empty unknown field"),
        pytest.param({"a": 1, "b": 1}, ("", FaultCode.UNKNOWN_FIELD), id="several unknown fields"),
        pytest.param(
            {"phone": "70 31 00 86 ext. 12"}, ("/phone", FaultCode.PHONE_EXTENSION), id="extension"
        ),
        pytest.param(
            {"name": "Kari\x00"}, ("/name", FaultCode.CONTROL_CHARACTERS), id="a control character"
        ),
        pytest.param(
            {"answers": {"heard": "a\x1b[2J"}},
            ("/answers/heard", FaultCode.CONTROL_CHARACTERS),
            id="a control character in an answer",
        ),
        pytest.param({"name": "x" * 201}, ("/name", FaultCode.TOO_LONG), id="too long"),
        pytest.param({"name": "\ud800"}, ("/name", FaultCode.NOT_TEXT), id="half a character"),
        pytest.param({"name": ["Kari"]}, ("/name", FaultCode.NOT_TEXT), id="a list for a text"),
        pytest.param({"interests": "x"}, ("/interests", FaultCode.NOT_A_LIST), id="no list"),
        pytest.param({"interests": [1]}, ("/interests/0", FaultCode.NOT_TEXT), id="a number in it"),
        pytest.param(
            {"interests": ["x"] * 51}, ("/interests", FaultCode.TOO_MANY), id="a very long list"
        ),
        pytest.param({"answers": ["x"]}, ("/answers", FaultCode.NOT_AN_OBJECT), id="no answers"),
        pytest.param(
            {"answers": {"heard": 1}}, ("/answers/heard", FaultCode.NOT_TEXT), id="an answer's kind"
        ),
        pytest.param(
            {"answers": {"": "x", "My illness?": "y"}},
            ("/answers", FaultCode.UNKNOWN_FIELD),
            id="questions that the form does not ask",
        ),
        pytest.param(
            {"answers": {"delivery": "x"}},
            ("/answers", FaultCode.UNKNOWN_FIELD),
            id="a question of another form",
        ),
        pytest.param({"notice": None}, ("/notice", FaultCode.REQUIRED), id="no notice"),
        pytest.param({"notice": "x"}, ("/notice", FaultCode.UNKNOWN_NOTICE), id="unknown notice"),
        pytest.param({"notice": ["x"]}, ("/notice", FaultCode.UNKNOWN_NOTICE), id="notice's kind"),
        pytest.param(
            {"choices": ["all"]}, ("/choices/0", FaultCode.UNKNOWN_CHOICE), id="unknown choice"
        ),
        pytest.param(
            {"choices": "newsletter"}, ("/choices", FaultCode.NOT_A_LIST), id="one choice"
        ),
    ],
)
def test_what_is_refused_is_named_and_not_stored(
    office: Office, aws: Aws, sent: dict[str, object], fault: tuple[str, FaultCode]
) -> None:
    with pytest.raises(Invalid) as refusal:
        post(office, **sent)
    assert [(one.pointer, one.code) for one in refusal.value.faults] == [fault]
    assert aws.items() == []


def test_a_chat_needs_an_address_or_a_number(office: Office) -> None:
    with pytest.raises(Invalid) as refusal:
        post(office, "chat", email=None, message="Hi")
    assert [one.code for one in refusal.value.faults] == [FaultCode.EMAIL_OR_PHONE]


def test_all_faults_are_told_at_once(office: Office) -> None:
    with pytest.raises(Invalid) as refusal:
        post(office, email="x", phone="x", notice="x", shoe="42")
    pointers = {one.pointer for one in refusal.value.faults}
    assert pointers == {"/email", "/phone", "/notice", ""}


# One transaction, one date -------------------------------------------------------------------


def test_a_submission_is_one_read_and_one_transaction(office: Office, aws: Aws) -> None:
    with aws.calls() as made:
        send(office, choices=["marketing_phone"], key="k")
    assert made == ["GetItem", "TransactWriteItems"]


def test_a_known_subject_costs_one_transaction(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    clock.forward(days=1)
    with aws.calls() as made:
        send(office)
    assert made == ["GetItem", "TransactWriteItems"]


def test_two_first_submissions_at_the_same_moment_make_one_data_subject(
    office: Office, aws: Aws
) -> None:
    with aws.between("TransactWriteItems", partial(post, office, name="First")):
        post(office, name="Second")
    assert kinds(aws) == {"PROFILE": 1, "I": 2, "V": 2, "-": 1}


def test_a_dozen_first_submissions_at_once_make_one_data_subject(office: Office, aws: Aws) -> None:
    with aws.one_at_a_time(), ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: post(office, name=f"Kari {number}"), range(12)))
    assert kinds(aws) == {"PROFILE": 1, "I": 12, "V": 12, "-": 1}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 2, 0, 0)])
def test_a_contact_date_never_moves_backwards(
    office: Office, aws: Aws, clock: Clock, order: tuple[int, ...]
) -> None:
    start = clock.now()
    for days in order:
        clock.set(start + timedelta(days=days))
        post(office)
    profile = aws.profile()
    assert profile["last_contact"]["S"].startswith("2026-11-24")
    assert ttl_of(profile) == date(2028, 12, 8)
    assert kinds(aws)["I"] == len(order)


def test_a_late_contact_still_subscribes(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    clock.forward(days=-1)
    post(office, choices=["newsletter"])
    profile = aws.profile()
    assert profile["last_contact"]["S"].startswith("2026-11-22")
    assert "subscribed_since" in profile
    assert "ttl" not in profile


# TTL and due entry, by the rules of docs/data-model.md ---------------------------------------


def test_a_new_subject_is_due_after_two_years_and_its_ttl_fourteen_days_later(
    office: Office, aws: Aws
) -> None:
    post(office)
    assert (day_of(aws.profile()), ttl_of(aws.profile())) == ("2028-11-23", date(2028, 12, 6))


def test_a_contact_moves_the_ttl_and_leaves_the_due_entry(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.forward(days=100)
    post(office)
    assert (day_of(aws.profile()), ttl_of(aws.profile())) == ("2028-11-23", date(2029, 3, 16))


@pytest.mark.parametrize(
    ("opening", "ending", "due_on", "ttl"),
    [
        pytest.param(
            Event.CUSTOMER_START,
            Event.CUSTOMER_END,
            "2028-12-03",
            date(2028, 12, 16),
            id="a customer, until two years after the end",
        ),
        pytest.param(
            Event.HOLD,
            Event.RELEASE,
            "2028-11-23",
            date(2028, 12, 6),
            id="held, and released as if nothing had been",
        ),
    ],
)
def test_an_open_reason_removes_the_ttl_and_its_end_files_anew(
    office: Office, aws: Aws, clock: Clock, opening: Event, ending: Event, due_on: str, ttl: date
) -> None:
    post(office)
    events.note(KARI, opening, office, at=clock.now(), because="case 7")
    opened = aws.profile()
    clock.forward(days=10)
    events.note(KARI, ending, office, at=clock.now())
    closed = aws.profile()
    assert ("ttl" in opened, opened["due_sk"]["S"][:10]) == (False, "2028-11-23")
    assert (day_of(closed), ttl_of(closed)) == (due_on, ttl)
    assert [int(one["rev"]["N"]) for one in (opened, closed)] == [3, 4]


def test_an_end_that_lies_long_back_is_due_at_once_and_its_ttl_lies_ahead(
    office: Office, aws: Aws, clock: Clock
) -> None:
    now = clock.now()
    clock.forward(days=-3000)
    post(office, choices=["newsletter"])
    clock.forward(days=100)
    ended = clock.now()
    clock.set(now)
    events.note(KARI, Event.UNSUBSCRIBE, office, at=ended)
    assert day_of(aws.profile()) < "2026-11-22"
    assert ttl_of(aws.profile()) == date(2026, 12, 5)


def test_a_contact_while_held_gives_no_ttl(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    events.note(KARI, Event.HOLD, office, at=clock.now(), because="case 7")
    clock.forward(days=1)
    post(office)
    assert "ttl" not in aws.profile()
    assert aws.profile()["last_contact"]["S"].startswith("2026-11-23")


def test_subscribing_removes_the_ttl_and_unsubscribing_files_anew(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office, choices=["newsletter"])
    subscribed = aws.profile()
    clock.forward(days=400)
    events.note(KARI, Event.UNSUBSCRIBE, office, at=clock.now())
    assert "ttl" not in subscribed
    assert day_of(subscribed) == "2028-11-23"
    assert (day_of(aws.profile()), ttl_of(aws.profile())) == ("2029-12-28", date(2030, 1, 10))


def test_a_purpose_that_ended_earlier_brings_the_day_nearer(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    ended = clock.now() - timedelta(days=30)
    _, verdict = events.note(KARI, Event.PURPOSE_ENDED, office, at=ended)
    assert verdict.erased_on == date(2028, 10, 24)
    assert (day_of(aws.profile()), ttl_of(aws.profile())) == ("2028-10-24", date(2028, 11, 6))


def test_a_contact_that_comes_between_reading_and_writing_is_not_lost(
    office: Office, aws: Aws, clock: Clock
) -> None:
    post(office)
    clock.forward(days=1)
    with aws.between("TransactWriteItems", partial(post, office)):
        events.note(KARI, Event.CUSTOMER_START, office, at=clock.now())
    assert "customer_since" in aws.profile()
    assert aws.profile()["last_contact"]["S"].startswith("2026-11-23")


@pytest.mark.parametrize(
    ("opening", "ending"),
    [(Event.CUSTOMER_START, Event.CUSTOMER_END), (Event.HOLD, Event.RELEASE)],
)
def test_nothing_ends_before_it_began(
    office: Office, clock: Clock, opening: Event, ending: Event
) -> None:
    post(office)
    events.note(KARI, opening, office, at=clock.now(), because="case 7")
    with pytest.raises(Conflict):
        events.note(KARI, ending, office, at=clock.now() - timedelta(days=3650))


def test_a_tick_and_an_objection_to_the_same_purpose_are_both_recorded(office: Office) -> None:
    purposes = {
        name: structs.replace(one, objection_by_gpc=name == "newsletter")
        for name, one in office.statement.purposes.items()
    }
    other = replace(office, statement=structs.replace(office.statement, purposes=purposes))
    post(other, visit=structs.replace(VISIT, objects=True), choices=["newsletter"])
    assert {one.granted for one in access.report(KARI, office).consents} == {True, False}


# Idempotency ---------------------------------------------------------------------------------


def test_a_repetition_gets_the_first_answer(office: Office, aws: Aws) -> None:
    first, again = post(office, key="k"), post(office, key="k")
    assert again == first
    assert kinds(aws)["I"] == 1


def test_a_key_with_another_payload_is_refused(office: Office, aws: Aws) -> None:
    post(office, key="k")
    with pytest.raises(KeyReused):
        post(office, key="k", name="Kari")
    assert kinds(aws)["I"] == 1


def test_two_repetitions_at_once_get_the_first_answer(office: Office, aws: Aws) -> None:
    answers = []
    with aws.between("TransactWriteItems", lambda: answers.append(post(office, key="k"))):
        answers.append(post(office, key="k"))
    assert answers[0] == answers[1]
    assert kinds(aws)["I"] == 1


def test_a_key_is_forgotten_after_a_day(office: Office, aws: Aws, clock: Clock) -> None:
    post(office, key="k")
    clock.forward(hours=24)
    post(office, key="k", name="Kari")
    assert kinds(aws)["I"] == 2


def test_a_refusal_is_not_remembered(office: Office) -> None:
    with pytest.raises(Invalid):
        post(office, key="k", email="x")
    assert post(office, key="k").erased_on


def test_the_remembered_answer_holds_nothing_of_the_person(office: Office, aws: Aws) -> None:
    post(office, key="k", name="Kari", message="Secret")
    (item,) = (one for one in aws.items() if one["pk"]["S"].startswith("IDEM#"))
    subject_id = aws.profile()["pk"]["S"].removeprefix("S#")
    assert not any(word in str(item) for word in ("Kari", KARI, "Secret", subject_id))


def test_ids_are_not_derived_from_the_person(office: Office, aws: Aws, clock: Clock) -> None:
    post(office)
    first = aws.profile()["pk"]["S"]
    lookup = next(one["pk"]["S"] for one in aws.items() if one["sk"]["S"] == "-")
    assert KARI not in str([one["pk"] for one in aws.items()])
    assert subjects.find(lookup) == first.removeprefix("S#")
