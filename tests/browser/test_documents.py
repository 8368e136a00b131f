"""A signed document, sent by a browser that runs no scripts: its rules let the form pass."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.following import follow, until_shown
from tests.documents import papers
from tests.documents.asking import asked
from tests.local.stack import Stack

SIGNED = papers.signed(papers.issuer("good"))
"""Made before there is a browser: both want the event loop."""


def test_a_document_goes_to_the_bucket_and_the_browser_comes_back(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    status = asked(stack, "kari@example.com")
    file = tmp_path / "kari.pdf"
    file.write_bytes(SIGNED)
    page.goto(f"{status}?language=en")
    follow(page.get_by_role("button", name="Choose a document"))
    page.set_input_files("#file", file)
    with page.expect_response(lambda answer: answer.status == 303):
        page.get_by_role("button", name="Send the document").click()
    page.wait_for_url(f"{status}?**")
    until_shown(page, "#document")
    expect(page.locator("#document")).to_have_attribute("data-document", "signer_unknown")
