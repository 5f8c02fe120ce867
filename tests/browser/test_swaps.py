"""The tag on pages that htmx or Turbo swaps into the document that is open already."""

from __future__ import annotations

from typing import Any

import pytest

from tests.programs import node_module
from tests.saving import links

from .swap_urls import LIBRARIES
from .visitors import Visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

SAVED_ONCE = ["/joinchat/save-uuid"]


class Swapper:
    """A signed-in customer on a site with one of the libraries."""

    def __init__(self, customer: Visitor, library: str) -> None:
        self.customer = customer
        self.page = customer.page
        self.pages = f"/{library}"

    def open(self, name: str) -> None:
        """Load a page in full, and mark its document."""
        self.customer.open(f"{self.pages}/{name}")
        self.page.evaluate("document.stays = true")

    def follow(self, name: str) -> None:
        """Follow a link to a page, which the library swaps in."""
        self.page.click(f"a:text-is('{name}')")
        self.arrived(name)

    def back(self, name: str) -> None:
        self.page.evaluate("history.back()")
        self.arrived(name)

    def arrived(self, name: str) -> None:
        self.page.wait_for_url(f"**{self.pages}/{name}")
        self.page.locator("h1", has_text=name).wait_for()
        # Turbo shows what it remembers of a page until that has come, and swaps it then once more.
        at_rest = self.page.locator("html:not([aria-busy]):not([data-turbo-preview])")
        at_rest.wait_for(state="attached")
        assert self.page.evaluate("document.stays"), "The page was loaded in full."

    def swap_in(self) -> None:
        """Have htmx fetch the fragment, and wait until its scripts have run."""
        with self.page.expect_response("**/js/analytics/sdk/*"):
            self.page.click("text=Swap in")
        self.page.locator("h2").wait_for()

    def click(self) -> Any:
        """Click the one button that there is, and return what the page was told."""
        self.page.locator("button", has_text="Send to Messenger").wait_for()
        assert self.page.locator("button", has_text="to Messenger").count() == 1
        return self.customer.click()


@pytest.fixture(params=LIBRARIES)
def swapper(request: pytest.FixtureRequest, customer: Visitor, settings: Any) -> Swapper:
    node_module(LIBRARIES[request.param])
    settings.ROOT_URLCONF = "tests.browser.swap_urls"
    return Swapper(customer, request.param)


htmx_alone = pytest.mark.parametrize("swapper", ["htmx"], indirect=True)


def test_a_page_that_is_swapped_in_links(swapper: Swapper) -> None:
    swapper.open("plain")
    swapper.follow("tagged")
    uuid = swapper.click()["uuid"]
    assert links() == [("tom", "default", uuid)]
    assert swapper.customer.errors == []


def test_a_page_that_comes_back_from_the_librarys_cache_links_once(swapper: Swapper) -> None:
    swapper.open("tagged")
    swapper.page.evaluate("void (window.defined = joinchatSendToMessengerCallback)")
    swapper.follow("plain")
    swapper.back("tagged")
    swapper.click()
    assert swapper.page.evaluate("defined === joinchatSendToMessengerCallback")
    assert swapper.customer.posts == SAVED_ONCE
    assert len(links()) == 1
    assert swapper.customer.errors == []


def test_a_page_that_one_comes_to_again_and_again_saves_once(swapper: Swapper) -> None:
    swapper.open("tagged")
    for _ in range(3):
        swapper.follow("plain")
        swapper.follow("tagged")
    swapper.click()
    assert swapper.customer.posts == SAVED_ONCE
    assert swapper.customer.errors == []


def test_the_bot_of_the_page_that_is_open_counts(swapper: Swapper) -> None:
    swapper.open("tagged")
    swapper.follow("second")
    swapper.page.locator("button", has_text="Send to Messenger").wait_for()
    assert swapper.click()["bot"] == "second"
    swapper.follow("twice")
    assert swapper.click()["bot"] == "default"
    assert [bot for _user, bot, _uuid in links()] == ["second", "default"]


@pytest.mark.parametrize("way", [["own"], ["own", "tagged"], ["tagged", "own"], ["own", "own"]])
def test_the_pages_own_callback_runs_once_for_each_click(swapper: Swapper, way: list[str]) -> None:
    swapper.open("plain")
    for name in way:
        swapper.follow(name)
        swapper.page.locator("button", has_text="Send to Messenger").wait_for()
    uuid = swapper.click()["uuid"]
    assert swapper.customer.told[0] == ("own", uuid)
    assert [name for name, _detail in swapper.customer.told] == ["own", "joinchat:linked"]
    assert swapper.customer.posts == SAVED_ONCE
    assert swapper.customer.errors == []


@htmx_alone
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("name", ["plain", "tagged", "own"])
def test_a_fragment_with_the_tag_that_is_swapped_in(
    swapper: Swapper, name: str, times: int
) -> None:
    swapper.open(name)
    for _ in range(times):
        swapper.swap_in()
    uuid = swapper.click()["uuid"]
    assert links() == [("tom", "default", uuid)]
    assert swapper.customer.posts == SAVED_ONCE
    assert swapper.customer.errors == []
