"""A click that leads to another page, and a page that is asked again until it says something."""

from playwright.sync_api import Locator, Page

from tests.local.walking import waited_for


def follow(button: Locator) -> None:
    """Click, and wait for the page that it leads to: a click by itself waits for none."""
    with button.page.expect_navigation():
        button.click()


def until_shown(page: Page, shown: str) -> None:
    """Open the page's own address again and again, until an element is on it."""

    def again() -> bool:
        page.goto(page.url)
        return page.locator(shown).count() > 0

    waited_for(again)
