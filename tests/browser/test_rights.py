"""A person uses a right, and staff deal with it: on the pages, with the mails' real links."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.following import follow, until_shown
from tests.local.stack import Stack
from tests.local.walking import in_mail, waited_for

ANSWERED = "#state[data-state=answered]"


def ask(page: Page, right: str, email: str) -> None:
    page.goto("/requests?language=en")
    page.check(f"#right-{right}")
    page.fill("#email", email)
    follow(page.get_by_role("button", name="Send the request"))
    assert page.locator("#state").get_attribute("data-state") == "received"


def confirm(page: Page, stack: Stack, email: str) -> None:
    page.goto(in_mail(stack, email, r"http\S+/confirm/\S+"))
    follow(page.get_by_role("button", name=re.compile("Yes")))


def test_an_access_request_from_form_to_report(stack: Stack, page: Page) -> None:
    email = "access@example.com"
    stack.fill_in("contact", email=email, name="Åse <b>Nordmann</b>", message="Hello")
    ask(page, "access", email)
    confirm(page, stack, email)
    until_shown(page, ANSWERED)
    follow(page.get_by_role("button", name="Send me a code"))
    assert "We have sent a code" in page.locator("#code-sent").inner_text()
    code = in_mail(stack, email, r"\b\d{8}\b")
    page.fill("#code", "00000000" if code != "00000000" else "11111111")
    follow(page.get_by_role("button", name="Download", exact=True))
    assert page.locator("[role=alert]").is_visible()
    page.fill("#code", code)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    report = download.value.path().read_text("utf-8")
    assert "Åse &lt;b&gt;Nordmann&lt;/b&gt;" in report
    assert "access@example.com" not in page.url


def test_an_erasure_from_form_to_certificate(stack: Stack, page: Page) -> None:
    email = "erasure@example.com"
    stack.fill_in("contact", email=email, name="Kari")
    ask(page, "erasure", email)
    confirm(page, stack, email)
    until_shown(page, ANSWERED)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the certificate").click()
    certificate = download.value.path().read_text("utf-8")
    assert '"left": 0' in certificate
    assert email not in certificate
    assert "request" in {one["trigger"] for one in stack.ask("erasures")["erasures"]}


def fits_a_phone(page: Page) -> bool:
    page.set_viewport_size({"width": 320, "height": 640})
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width <= 320


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_pages_of_rights_fit_a_phone(stack: Stack, scripted: Page, language: str) -> None:
    email = f"phone-{language}@example.com"
    stack.fill_in("contact", email=email)
    scripted.goto(f"/requests?language={language}")
    assert fits_a_phone(scripted)
    scripted.check("#right-rectification")
    scripted.fill("#email", email)
    follow(scripted.locator("button[type=submit]"))
    assert fits_a_phone(scripted)
    scripted.goto(in_mail(stack, email, r"http\S+/confirm/\S+") + f"?language={language}")
    assert fits_a_phone(scripted)
    scripted.goto("/staff/sign-in")
    scripted.locator("[name=role]").select_option("privacy")
    follow(scripted.get_by_role("button"))
    scripted.wait_for_url("**/staff/requests")
    scripted.goto(f"/staff/requests?language={language}")
    assert fits_a_phone(scripted)
    follow(scripted.locator("table a").first)
    assert fits_a_phone(scripted)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_pages_of_rights_are_for_everybody(stack: Stack, scripted: Page, language: str) -> None:
    email = f"axe-{language}@example.com"
    stack.fill_in("contact", email=email)
    scripted.goto(f"/requests?language={language}")
    faults = [Axe().run(scripted).response["violations"]]
    scripted.check("#right-access")
    scripted.fill("#email", email)
    follow(scripted.locator("button[type=submit]"))
    faults.append(Axe().run(scripted).response["violations"])
    scripted.goto(in_mail(stack, email, r"http\S+/confirm/\S+") + f"?language={language}")
    faults.append(Axe().run(scripted).response["violations"])
    follow(scripted.get_by_role("button").first)
    until_shown(scripted, ANSWERED)
    faults.append(Axe().run(scripted).response["violations"])
    assert faults == [[], [], [], []]


def test_staff_open_identify_and_answer_a_letter(stack: Stack, scripted: Page) -> None:
    email = "letter@example.com"
    stack.fill_in("contact", email=email, position="Bakker")
    scripted.goto("/staff/requests?language=en")
    faults = [Axe().run(scripted).response["violations"]]
    follow(scripted.get_by_role("link", name="Sign in"))
    scripted.locator("[name=role]").select_option("privacy")
    follow(scripted.get_by_role("button"))
    scripted.wait_for_url("**/staff/requests")
    scripted.goto("/staff/requests?language=en")
    faults += [Axe().run(scripted).response["violations"]]
    scripted.select_option("#right", "rectification")
    scripted.select_option("#channel", "letter")
    scripted.select_option("#language", "nb")
    scripted.fill("#email", email)
    follow(scripted.get_by_role("button", name="Open the request"))
    faults.append(Axe().run(scripted).response["violations"])
    for action, label in (("identify", "Identify"), ("answer", "Do it and answer")):
        scripted.locator("summary", has_text=label).click()
        if action == "answer":
            scripted.fill("#set-position", "Baker")
        scripted.fill(f"#{action}-text", "as the letter says")
        follow(scripted.get_by_role("button", name=label))
    assert scripted.locator("#state").get_attribute("data-state") == "answered"
    assert scripted.locator("html").get_attribute("lang") == "en"
    assert "Baker" in str(stack.ask("subject", email)["values"])
    assert faults == [[], [], []]


@pytest.mark.parametrize("language", ["nb", "en"])
def test_what_is_refused_is_said_on_a_page(stack: Stack, scripted: Page, language: str) -> None:
    email = f"refused-{language}@example.com"
    scripted.goto(f"/requests?language={language}")
    scripted.check("#right-access")
    scripted.fill("#email", email)
    follow(scripted.locator("button[type=submit]"))
    status = scripted.url
    late = in_mail(stack, email, r"http\S+/confirm/\S+")
    second = scripted.context.new_page()
    second.goto(status)
    for one in (second, scripted):
        one.locator("summary").click()
        follow(one.locator("details button"))
    assert second.locator("#state").get_attribute("data-state") == "withdrawn"
    faults = [Axe().run(scripted).response["violations"]]
    assert scripted.locator("html").get_attribute("lang") == language
    follow(scripted.locator("main a"))
    assert scripted.url.partition("?")[0] == status
    scripted.goto(late)
    assert scripted.locator("main button").count() == 0
    faults.append(Axe().run(scripted).response["violations"])
    assert faults == [[], []]


def test_a_link_that_is_over_leads_to_where_a_new_one_is_sent(stack: Stack, scripted: Page) -> None:
    email = "late@example.com"
    ask(scripted, "access", email)
    late = in_mail(stack, email, r"http\S+/confirm/\S+")
    stack.set_clock("2026-11-23T10:00:00Z")
    scripted.goto(late)
    assert Axe().run(scripted).response["violations"] == []
    follow(scripted.locator("main a"))
    follow(scripted.get_by_role("button", name="Send a new link"))
    waited_for(lambda: in_mail(stack, email, r"http\S+/confirm/\S+") != late)
