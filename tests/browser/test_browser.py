"""The website as a person meets it: in a real browser, which is not allowed to run scripts."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from functions import rendering
from shared.statement import loading
from tests.browser.following import follow
from tests.local.stack import Stack

STATEMENT = loading.load()
SYNTHETIC_NUMBER = "25926900059"
FAULTY = {
    "name": "K" * 201,
    "email": "kari@nowhere",
    "phone": "12",
    "message": "Hei,\ntakk for sist",
}
REASONS = {"name": "too_long", "email": "not_an_email", "phone": "not_a_phone"}

in_every_language = pytest.mark.parametrize("language", STATEMENT.languages)


def fill_in(page: Page, language: str, *ticked: str, **typed: str) -> None:
    page.goto(f"/page/contact?language={language}")
    for name, text in typed.items():
        page.get_by_label(STATEMENT.fields[name].label[language]).fill(text)
    for choice in ticked:
        page.get_by_label(STATEMENT.choices[choice].text[language]).check()


def send(page: Page) -> None:
    follow(page.get_by_role("button", name="Send"))


def tab_to(page: Page, target: str) -> list[str]:
    """Press Tab until the element with this id has the focus; the ids on the way."""
    passed: list[str] = []
    while target not in passed:
        assert len(passed) < 40, f"{target} is not reached by {passed}"
        page.keyboard.press("Tab")
        passed.append(page.locator(":focus").get_attribute("id") or "")
    return passed


def test_who_sends_a_form_is_told_what_was_stored_and_why(page: Page) -> None:
    fill_in(page, "nb", name="Kari Nordmann", email="told@example.com", message="Hei!")
    send(page)
    told = page.locator("main")
    expect(told.locator("#reference")).to_have_text(re.compile("^[0-9a-f]{32}$"))
    expect(told.locator("#stored li")).to_have_text(["Navn", "E-postadresse", "Melding"])
    expect(told).to_contain_text("til å svare på henvendelsen din (personvernerklæringen § 7.5)")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        pytest.param(
            "nb", "Fra og med 23. november 2028 er det du sendte, ikke lenger her", id="nb"
        ),
        pytest.param("en", "From 23 November 2028 what you sent is no longer here", id="en"),
    ],
)
def test_who_sends_a_form_is_told_the_first_day_without_it(
    page: Page, language: str, sentence: str
) -> None:
    fill_in(page, language, email="day@example.com")
    send(page)
    expect(page.locator("main")).to_contain_text(sentence)
    expect(page.locator("#erased-on")).to_have_attribute("datetime", "2028-11-23")


def test_a_person_is_gone_when_that_day_has_come_and_an_erasure_record_stands(
    page: Page, stack: Stack
) -> None:
    stack.set_clock("2026-11-25T09:00:00Z")
    fill_in(page, "nb", name="Kari Nordmann", email="gone@example.com", message="Hei!")
    send(page)
    expect(page.locator("#erased-on")).to_have_text("2028-11-26")

    stack.set_clock("2028-11-25T01:00:00Z")
    held = stack.ask("subject", "gone@example.com")
    assert held["erased_on"] == "2028-11-26"
    before = stack.ask("erasures")["erasures"]

    stack.set_clock("2028-11-26T01:00:00Z")
    assert stack.ask("subject", "gone@example.com").keys() == {"remains"}
    after = stack.ask("erasures")["erasures"]
    added = [record for record in after if record not in before]
    assert [(record["clause"], record["counts"]) for record in added] == [
        ("9", {"interaction": 1, "profile": 1})
    ]


@in_every_language
def test_every_fault_is_named_and_leads_to_its_field(page: Page, language: str) -> None:
    fill_in(page, language, **FAULTY)
    send(page)
    said = rendering.words(language)["faults"]
    expect(page.get_by_role("alert").locator("li")).to_have_text(
        [
            f"{STATEMENT.fields[name].label[language]}: {said[reason]}"
            for name, reason in REASONS.items()
        ]
    )
    for name, reason in REASONS.items():
        page.get_by_role("alert").locator(f"a[href='#{name}']").click()
        expect(page.locator(":focus")).to_have_attribute("id", name)
        expect(page.locator(":focus")).to_have_accessible_description(said[reason])


@in_every_language
def test_a_refused_form_keeps_what_was_typed_and_ticked(page: Page, language: str) -> None:
    fill_in(page, language, "marketing_phone", interests="Solskjerming\nMarkiser", **FAULTY)
    send(page)
    for name, text in {**FAULTY, "interests": "Solskjerming\nMarkiser"}.items():
        expect(page.locator(f"#{name}")).to_have_value(text)
    expect(page.locator("input:checked")).to_have_value("marketing_phone")


def test_a_refused_form_is_accepted_once_it_is_corrected(page: Page) -> None:
    fill_in(page, "en", "newsletter", **FAULTY)
    send(page)
    for name, text in {
        "name": "Kari",
        "email": "right@example.com",
        "phone": "22 86 44 00",
    }.items():
        page.locator(f"#{name}").fill(text)
    send(page)
    expect(page.locator("#stored li")).to_have_text(
        ["Name", "E-mail address", "Phone number", "Message"]
    )


@pytest.mark.parametrize("form", STATEMENT.forms)
def test_every_choice_starts_unticked(page: Page, form: str) -> None:
    page.goto(f"/page/{form}?language=nb")
    expect(page.locator("input[type=checkbox]")).to_have_count(len(STATEMENT.forms[form].choices))
    expect(page.locator("input:checked")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        pytest.param("nb", "Det er ingen dato ennå", id="nb"),
        pytest.param("en", "There is no date yet", id="en"),
    ],
)
def test_who_ticks_the_newsletter_is_told_that_there_is_no_date_yet(
    page: Page, language: str, sentence: str
) -> None:
    fill_in(page, language, "newsletter", email="reader@example.com")
    send(page)
    expect(page.locator(".receipt")).to_contain_text(sentence)
    expect(page.locator("time")).to_have_count(0)


@in_every_language
@pytest.mark.parametrize(
    ("message", "warned"),
    [
        pytest.param("Når åpner dere?", [], id="a harmless text: of nothing"),
        pytest.param(f"Jeg er {SYNTHETIC_NUMBER}", ["national_id"], id="of an identity number"),
        pytest.param("Jeg er sykmeldt", ["special_category"], id="of a special category"),
        pytest.param(
            f"{SYNTHETIC_NUMBER} er sykmeldt", ["national_id", "special_category"], id="of both"
        ),
    ],
)
def test_who_writes_something_sensitive_is_warned(
    page: Page, language: str, message: str, warned: list[str]
) -> None:
    fill_in(page, language, email="careless@example.com", message=message)
    send(page)
    sentences = rendering.words(language)["warnings"]
    expect(page.locator(".warning p:visible")).to_have_text([sentences[one] for one in warned])


def test_a_warning_tells_neither_the_server_nor_the_log_nor_the_page_what_it_is_about(
    page: Page, stack: Stack
) -> None:
    fill_in(page, "nb", email="quiet@example.com", message=f"Jeg er {SYNTHETIC_NUMBER}")
    send(page)
    asked = urlsplit(page.url)
    assert (asked.path, asked.fragment) == ("/thanks", "national_id")
    assert "national_id" not in asked.query
    assert SYNTHETIC_NUMBER not in page.url + page.content() + stack.output()


def test_a_form_can_be_filled_in_and_sent_by_keyboard_alone(page: Page) -> None:
    page.goto("/page/contact?language=en")
    tab_to(page, "email")
    page.keyboard.type("keyboard@example.com")
    tab_to(page, "choice-newsletter")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#stored li")).to_have_text(["E-mail address"])
    expect(page.locator(".receipt")).to_contain_text("There is no date yet")


def test_the_field_that_only_robots_see_is_not_reached_by_keyboard(page: Page) -> None:
    page.goto("/page/contact?language=en")
    passed = tab_to(page, "choice-marketing_phone")
    assert {"name", "email", "message"} <= set(passed)
    assert STATEMENT.website.honeypot not in passed


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page: Page) -> None:
    page.goto("/?language=en")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Contact us")


def test_the_thanks_page_says_the_same_in_the_other_language(page: Page) -> None:
    fill_in(page, "nb", email="both@example.com")
    send(page)
    reference = page.locator("#reference").inner_text()
    follow(page.get_by_role("link", name="English"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#reference")).to_have_text(reference)
    expect(page.locator("#erased-on")).to_have_text("2028-11-23")
