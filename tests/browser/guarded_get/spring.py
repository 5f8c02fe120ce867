"""Springing a trap: what its page makes a customer's browser ask the site for."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.browser.visitors import Visitor

from . import ways
from .urls import Arrival, arrivals

#: What the headers say of data that a script of the site asks for.
A_SCRIPT = ("same-origin", "cors", "empty")


def spring(customer: Visitor, way: str, trap: str) -> Arrival:
    """Lead a customer to a page with a trap, and return what came to the site of it."""
    address = f"{customer.site}/save-uuid?uuid=of-the-attacker"
    # A page of its own, as some traps lead away from it.
    page = customer.context.new_page()
    page.goto(f"{trap}/ways/{way}?{urlencode({'address': address})}", wait_until="commit")
    if "to-click" in ways.page(way, address):
        page.click("#to-click")
    return arrivals.wait_for("of-the-attacker")
