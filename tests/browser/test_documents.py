"""A signed document, sent by a browser that runs no scripts: its rules let the form pass."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.following import follow, until_shown
from tests.documents import papers
from tests.local.stack import Stack

SIGNED = papers.signed(papers.issuer("good"))
"""Made before there is a browser: both want the event loop."""


def test_a_document_goes_to_the_bucket_and_the_browser_comes_back(
    page: Page, stack: Stack, tmp_path: Path
) -> None:
    sent = {"right": "access", "email": "kari@example.com"}
    taken = stack.post("/requests", json=sent).json()
    token = stack.get("/_local/token?role=privacy").json()["access_token"]
    path, bearer = f"/staff/requests/{taken['reference']}/ask", f"Bearer {token}"
    stack.post(path, json={"text": "Which Kari?"}, headers={"Authorization": bearer})
    status = taken["status_url"]
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
