"""The list of the app's pages in the admin, which ``pages.py`` fills, and how to get to one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from playwright.sync_api import Page, Route

from tests.admin.addresses import APP, names

from .content import PICTURES
from .visitors import Visitor


class Staff(Visitor):
    """A visitor of the admin who may do everything there, as ``user``."""

    user: Any


@dataclass(frozen=True)
class StaffPage:
    """A page of the admin. ``view`` is its URL name; ``open`` makes its rows and goes there.

    ``is_first`` says that it is the first with this URL name, and that the app had a hand in it.
    """

    name: str
    view: str
    open: Callable[[Staff], None]
    is_first: bool


#: All of them, in the order in which they stand in ``pages.py``.
PAGES: list[StaffPage] = []

#: Addresses under the app's own names that show no page of their own, with the reason.
WITHOUT_A_PAGE: dict[str, str] = {
    f"{APP}_botstate_add": "Bots come from the settings: adding one is refused.",
    f"{APP}_botstate_delete": "Refused: the app writes these rows.",
    f"{APP}_botstate_pause": "Takes a POST alone and leads back to the bot.",
    f"{APP}_botstate_resume": "Takes a POST alone and leads back to the bot.",
    f"{APP}_broadcast_add": "Refused: a broadcast begins with a selection.",
    f"{APP}_broadcast_advance": "Takes a POST alone and answers with JSON.",
    f"{APP}_broadcast_cancel": "Takes a POST alone and leads back to the broadcast.",
    f"{APP}_broadcast_discard": "Takes a POST alone and leads to the list.",
    f"{APP}_broadcast_pause": "Takes a POST alone and leads back to the broadcast.",
    f"{APP}_broadcast_progress": "Answers with JSON.",
    f"{APP}_broadcast_resume": "Takes a POST alone and leads back to the broadcast.",
    f"{APP}_broadcast_retry": "Takes a POST alone and leads back to the broadcast.",
    f"{APP}_messagetemplate_compose": "Takes a POST alone and answers with JSON.",
    f"{APP}_messagetemplate_test": "Takes a POST alone and answers with JSON.",
    f"{APP}_outboxmessage_cancel": "Takes a POST alone and leads back to the message.",
    f"{APP}_outboxmessage_done": "Takes a POST alone and leads back to the message.",
    f"{APP}_outboxmessage_add": "Refused: messages are sent, not added.",
    f"{APP}_outboxmessage_delete": "Refused: joinchat_prune clears the outbox.",
    f"{APP}_triggerstate_add": "Refused: triggers are functions of the site.",
    f"{APP}_triggerstate_change": "Refused: the list says all.",
    f"{APP}_triggerstate_delete": "Refused: the app writes these rows.",
    f"{APP}_triggerstate_history": "Refused: the list says all.",
    f"{APP}_triggerstate_switch": "Takes a POST alone and leads back to the list.",
}


def shows(view: str) -> Callable[[Callable[[Staff], None]], Callable[[Staff], None]]:
    """Put the decorated function on the list: it opens a page of this URL name."""

    def add(function: Callable[[Staff], None]) -> Callable[[Staff], None]:
        name = function.__name__.replace("_", "-")
        is_stock = view.endswith(("_delete", "_history"))
        is_first = not is_stock and view not in {page.view for page in PAGES}
        PAGES.append(StaffPage(name, view, function, is_first))
        return function

    return add


def views_of_the_app() -> set[str]:
    """Return the names of all of the app's addresses in the admin."""
    return {f"{APP}_{name}" for name, _has_row in names()}


def serve_pictures(page: Page) -> None:
    """Draw the pictures that messages show, which no server has."""
    page.route(f"{PICTURES}**", _draw)


def _draw(route: Route) -> None:
    hue = sum(route.request.url.encode()) % 360
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400">'
        f'<rect width="600" height="400" fill="hsl({hue} 50% 60%)"/>'
        f'<circle cx="300" cy="200" r="120" fill="hsl({hue} 60% 35%)"/></svg>'
    )
    route.fulfill(body=svg, content_type="image/svg+xml")


def go(staff: Staff, name: str, *args: Any, query: str = "") -> None:
    """Open the page of this URL name."""
    staff.open(reverse(f"admin:{name}", args=args) + query)


def press(staff: Staff, name: str) -> None:
    """Press the button of this name, and wait for the page that it leads to."""
    with staff.page.expect_navigation():
        staff.page.get_by_role("button", name=name, exact=True).click()
