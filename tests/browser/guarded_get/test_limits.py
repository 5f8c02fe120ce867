"""What the guard of saving by GET cannot see, as the README says of the setting.

Whatever fetches an address in the name of a script of the site passes for that script.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.visitors import Visitor, account, new_context
from tests.programs import node_module
from tests.saving import links

from .spring import A_SCRIPT, spring
from .urls import WORKERS, arrivals

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

#: How a page makes the site's service worker fetch an address for it.
THROUGH_THE_WORKER = ("image", "link", "iframe", "preload-image")


@pytest.fixture
def customer(browser: Browser, site: str) -> Iterator[Visitor]:
    """A customer with a browser of their own, since a service worker stays in it."""
    context = new_context(browser)
    visitor = Visitor(context.new_page(), site)
    visitor.sign_in(account("tom"))
    yield visitor
    context.close()


def install(customer: Visitor, handling: str) -> None:
    """Visit the site once, which gives it a service worker."""
    customer.open("/empty")
    customer.page.evaluate(
        """(address) => new Promise((resolve) => {
            navigator.serviceWorker.addEventListener("controllerchange", resolve);
            navigator.serviceWorker.register(address);
        })""",
        f"/worker.js?handling={handling}",
    )


@pytest.mark.parametrize("way", THROUGH_THE_WORKER)
def test_a_worker_that_fetches_by_address_opens_the_door(customer: Visitor, way: str) -> None:
    install(customer, "by-address")
    arrival = spring(customer, way, trap=customer.site)
    assert (arrival.said, arrival.status) == (A_SCRIPT, 200)
    assert links() == [("tom", "default", "of-the-attacker")]


def test_it_opens_it_to_other_sites_too(customer: Visitor) -> None:
    install(customer, "by-address")
    elsewhere = customer.site.replace("localhost", "127.0.0.1")
    arrival = spring(customer, "link", trap=elsewhere)
    assert (arrival.said, arrival.status) == (A_SCRIPT, 200)
    assert links() == [("tom", "default", "of-the-attacker")]


@pytest.mark.parametrize("handling", sorted(WORKERS.keys() - {"by-address"}))
@pytest.mark.parametrize("way", [*THROUGH_THE_WORKER, "preload-fetch-crossorigin"])
def test_a_worker_that_passes_the_request_along_keeps_it_shut(
    customer: Visitor, way: str, handling: str
) -> None:
    install(customer, handling)
    for trap in (customer.site, customer.site.replace("localhost", "127.0.0.1")):
        if trap == customer.site or way == "link":
            arrivals.clear()
            arrival = spring(customer, way, trap=trap)
            # The worker has had it, or else the destination would be there.
            assert (arrival.said[2], arrival.status) == ("empty", 403)
    assert links() == []


@pytest.mark.parametrize("handling", WORKERS)
def test_with_a_worker_a_script_of_the_site_is_still_taken(
    customer: Visitor, handling: str
) -> None:
    install(customer, handling)
    ajax = "const ajax = new XMLHttpRequest(); ajax.open('get', '/save-uuid?uuid=own'); ajax.send()"
    customer.page.evaluate(ajax)
    assert arrivals.wait_for("own").status == 200
    assert links() == [("tom", "default", "own")]


def test_a_script_that_fetches_links_before_they_are_clicked_opens_the_door(
    customer: Visitor,
) -> None:
    customer.open("/ways/link?address=/save-uuid?uuid=of-the-attacker")
    customer.page.evaluate("for (const link of document.links) fetch(link.href)")
    assert arrivals.wait_for("of-the-attacker").status == 200
    assert links() == [("tom", "default", "of-the-attacker")]


def test_htmx_that_is_told_to_hide_itself_opens_the_door(customer: Visitor) -> None:
    node_module("htmx.org/dist/htmx.min.js")
    arrival = spring(customer, "hx-get-without-headers", trap=customer.site)
    assert (arrival.said, arrival.status) == (A_SCRIPT, 200)
    assert links() == [("tom", "default", "of-the-attacker")]
