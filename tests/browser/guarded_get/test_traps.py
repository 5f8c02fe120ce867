"""Saving by GET, with what a real browser sends: traps for a customer, and the contract's snippet.

The traps' site takes GET. What came of a trap came as the customer wherever the browser allows it,
so nothing but the guard stood between the customer and the attacker's uuid.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, Route

from joinchat_django.sandbox.server import SandboxServer
from tests.browser.visitors import Visitor
from tests.programs import node_module
from tests.saving import links
from tests.servers import Connection, LoopbackServer, Request

from . import ways
from .spring import A_SCRIPT, spring
from .urls import SNIPPET, arrivals

pytestmark = pytest.mark.django_db(transaction=True)


# On a page of the site itself


@pytest.mark.thorough
@pytest.mark.parametrize("way", [*ways.MARKUP, *ways.SCRIPTS])
def test_nothing_but_a_script_that_asks_for_data_links(customer: Visitor, way: str) -> None:
    arrival = spring(customer, way, trap=customer.site)
    assert (arrival.username, arrival.status) == ("tom", 403), arrival
    assert links() == []


@pytest.mark.thorough
@pytest.mark.parametrize("way", ways.HTMX)
def test_a_link_that_htmx_follows_links_nothing(customer: Visitor, way: str) -> None:
    node_module("htmx.org/dist/htmx.min.js")
    arrival = spring(customer, way, trap=customer.site)
    # It is the header of its own that tells it from a script of the site.
    assert arrival.said == A_SCRIPT
    assert arrival.headers["Hx-Request"] == "true"
    assert (arrival.username, arrival.status) == ("tom", 403)
    assert links() == []


# On a page of another site, and of another port, which the customer's cookies go to as well


@pytest.fixture
def attacker(customer: Visitor) -> Iterator[str]:
    """The port of the attacker's site, which holds the traps and redirects."""

    def answer(request: Request, connection: Connection) -> None:
        split = urlsplit(request.line.split(" ")[1])
        (address,) = parse_qs(split.query)["address"]
        if split.path == "/redirect":
            connection.reply(
                "",
                "302 Found",
                f"Location: {address}",
                f"Access-Control-Allow-Origin: {customer.site}",
                "Access-Control-Allow-Credentials: true",
            )
        else:
            page = ways.page(split.path.rpartition("/")[2], address)
            connection.reply(page, "200 OK", "Content-Type: text/html")

    with LoopbackServer(answer) as server:
        yield str(server.port)


@pytest.fixture(params=["localhost", "127.0.0.1"], ids=["another-port", "another-site"])
def elsewhere(request: Any, customer: Visitor, attacker: str) -> str:
    """The address of the attacker's site: only its port differs from ours, or its name too."""
    assert urlsplit(customer.site).hostname == "localhost"
    return f"http://{request.param}:{attacker}"


@pytest.mark.thorough
@pytest.mark.parametrize("way", [*ways.FROM_ELSEWHERE, *ways.SCRIPTS, *ways.OF_OTHER_SITES])
def test_nothing_elsewhere_links(customer: Visitor, elsewhere: str, way: str) -> None:
    arrival = spring(customer, way, trap=elsewhere)
    assert arrival.status == 403
    assert arrival.said[0] == ("same-site" if "localhost" in elsewhere else "cross-site")
    # A cookie goes to another port with everything, and to another site with a navigation.
    if "localhost" in elsewhere or arrival.said[2] == "document":
        assert arrival.username == "tom"
    assert links() == []


@pytest.mark.thorough
@pytest.mark.parametrize("way", ["image", "link", "iframe", "preload-fetch-credentials"])
def test_a_redirect_from_elsewhere_links_nothing(
    customer: Visitor, elsewhere: str, way: str
) -> None:
    address = f"{customer.site}/save-uuid?uuid=of-the-attacker"
    detour = f"{elsewhere}/redirect?{urlencode({'address': address})}"
    page = customer.context.new_page()
    page.goto(f"{customer.site}/ways/{way}?{urlencode({'address': detour + '&uuid=x'})}")
    if way == "link":
        page.click("#to-click")
    assert arrivals.wait_for("of-the-attacker").status == 403
    assert links() == []


@pytest.mark.thorough
def test_a_script_of_the_site_that_is_redirected_there_and_back_links_nothing(
    customer: Visitor, elsewhere: str
) -> None:
    address = f"{customer.site}/save-uuid?uuid=of-the-attacker"
    customer.open("/empty")
    customer.page.evaluate(
        "(address) => fetch(address, {credentials: 'include'}).catch(() => null)",
        f"{elsewhere}/redirect?{urlencode({'address': address})}",
    )
    assert arrivals.wait_for("of-the-attacker").status == 403
    assert links() == []


# The contract page's own snippet


@pytest.fixture
def sdk(customer: Visitor, sandbox: SandboxServer) -> Page:
    """The customer's page, for whom the sandbox answers at JoinChat's own address."""

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        route.fulfill(response=route.fetch(url=sandbox.url + path))

    customer.page.route("https://joinchat.ai/**", answer)
    return customer.page


def test_the_contracts_own_snippet_gets_its_link(customer: Visitor, sdk: Page) -> None:
    assert "ajax.open('get','/save-uuid?uuid='+uuid);" in SNIPPET
    customer.open("/snippet")
    with sdk.expect_response("**/save-uuid?*") as found:
        sdk.click("text=Send to Messenger")
    (cookie,) = [c for c in customer.context.cookies() if c["name"] == "joinchat_uuid"]
    assert found.value.json() == {"linked": True}
    assert arrivals.wait_for(cookie["value"]).said == A_SCRIPT
    assert links() == [("tom", "default", cookie["value"])]


@pytest.mark.thorough
def test_without_the_setting_the_snippet_is_told_what_to_do(
    customer: Visitor, sdk: Page, settings: Any
) -> None:
    settings.JOINCHAT_LINKING = {}
    customer.open("/snippet")
    with sdk.expect_response("**/save-uuid?*") as found:
        sdk.click("text=Send to Messenger")
    assert found.value.status == 405
    assert "{% joinchat_sdk %}" in found.value.json()["error"]
    assert "JOINCHAT_LINKING['ACCEPT_GET']" in found.value.json()["error"]
    assert links() == []
