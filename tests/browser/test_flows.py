"""From a click to a link, by the ways that people take: tabs, accounts, failures.

The plain ones stand in ``test_sdk.py``, those of the example shop in ``shop/test_linking.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Response, Route

from tests.saving import links

from .visitors import Visitor, account, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

SAVE = "**/joinchat/save-uuid"


@pytest.fixture
def site(site: str, settings: Any) -> str:
    """A site where people sign up, in and out."""
    settings.ROOT_URLCONF = "tests.browser.flow_urls"
    return site


def another_tab(visitor: Visitor) -> Visitor:
    """The same person in a second tab. It is closed with the first."""
    return Visitor(visitor.context.new_page(), visitor.site)


def saved(response: Response) -> bool:
    """Whether it is the answer to a click, and no token had to be fetched again."""
    return response.url.endswith("/joinchat/save-uuid") and response.ok


def sign_up(visitor: Visitor, username: str) -> None:
    visitor.open("/sign-up")
    visitor.page.fill("[name=username]", username)
    for field in ("password1", "password2"):
        visitor.page.fill(f"[name={field}]", "fern-and-kettle")
    visitor.page.click("text=Sign up")
    visitor.page.wait_for_url("**/page")


def sign_out(visitor: Visitor) -> None:
    visitor.open("/leave")
    visitor.page.click("text=Sign out")
    visitor.page.wait_for_url("**/page")


def test_an_anonymous_visitor_is_linked_when_they_sign_up(visitor: Visitor) -> None:
    visitor.open()
    detail = visitor.click()
    assert (detail["linked"], detail["pending"]) == (False, True)
    sign_up(visitor, "newcomer")
    assert links() == [("newcomer", "default", detail["uuid"])]


# Two tabs


def test_a_click_in_one_tab_is_linked_by_a_sign_in_in_the_other(visitor: Visitor) -> None:
    account("tom")
    visitor.open()
    uuid = visitor.click()["uuid"]
    another_tab(visitor).sign_in_by_form("tom")
    assert links() == [("tom", "default", uuid)]
    # The first tab's page is from before, and its button works on.
    assert visitor.click()["linked"] is True
    assert links() == [("tom", "default", uuid)]


def test_a_page_from_before_the_sign_in_links_the_user_of_now(visitor: Visitor) -> None:
    account("tom")
    visitor.open()
    another_tab(visitor).sign_in_by_form("tom")
    uuid = visitor.click()["uuid"]
    assert links() == [("tom", "default", uuid)]


def test_anonymous_clicks_in_both_tabs_make_one_link(visitor: Visitor) -> None:
    account("tom")
    visitor.open()
    other = another_tab(visitor)
    other.open()
    uuids = {visitor.click()["uuid"], other.click()["uuid"]}
    assert len(uuids) == 1
    visitor.sign_in_by_form("tom")
    assert [uuid for _user, _bot, uuid in links()] == list(uuids)


def test_clicks_in_both_tabs_at_once_make_one_link(customer: Visitor) -> None:
    customer.open()
    other = another_tab(customer)
    other.open()
    waiting: list[Route] = []

    def hold_two(route: Route) -> None:
        if len(waiting) == 2:
            route.continue_()
        else:
            waiting.append(route)

    customer.context.route(SAVE, hold_two)
    with (
        customer.page.expect_response(saved) as first,
        other.page.expect_response(saved) as second,
    ):
        for tab in (customer, other):
            tab.page.evaluate("void joinchatSendToMessengerCallback('abc')")
        wait_until(customer.page, lambda: len(waiting) == 2)
        for route in waiting:
            route.continue_()
    assert first.value.json() == second.value.json() == {"linked": True}
    assert links() == [("tom", "default", "abc")]


# Two people, one browser


def test_what_waited_for_the_first_user_is_not_handed_to_the_second(visitor: Visitor) -> None:
    account("tom")
    account("jerry")
    visitor.open()
    uuid = visitor.click()["uuid"]
    visitor.sign_in_by_form("tom")
    sign_out(visitor)
    visitor.sign_in_by_form("jerry")
    assert links() == [("tom", "default", uuid)]


def test_a_sign_in_over_another_users_session_hands_nothing_on(visitor: Visitor) -> None:
    account("tom")
    account("jerry")
    visitor.sign_in_by_form("tom")
    uuid = visitor.click()["uuid"]
    visitor.sign_in_by_form("jerry")
    assert links() == [("tom", "default", uuid)]


def test_a_user_whose_session_ended_leaves_nothing_to_the_next_one(visitor: Visitor) -> None:
    account("tom")
    account("jerry")
    visitor.open()
    uuid = visitor.click()["uuid"]
    visitor.sign_in_by_form("tom")
    Session.objects.all().delete()
    visitor.sign_in_by_form("jerry")
    assert links() == [("tom", "default", uuid)]


def end_the_session(visitor: Visitor) -> None:
    Session.objects.all().delete()


@pytest.mark.parametrize(
    "end",
    [lambda visitor: sign_out(another_tab(visitor)), end_the_session],
    ids=["signed out in another tab", "the session ended"],
)
def test_a_click_on_the_former_users_page_waits_for_whoever_signs_in_next(
    visitor: Visitor, end: Callable[[Visitor], None]
) -> None:
    """Nobody knows who clicked: it is an anonymous click, on this browser, within the hour."""
    account("tom")
    account("jerry")
    visitor.sign_in_by_form("tom")
    end(visitor)
    detail = visitor.click()
    assert (detail["linked"], detail["pending"]) == (False, True)
    assert links() == []
    visitor.sign_in_by_form("jerry")
    assert links() == [("jerry", "default", detail["uuid"])]


def test_the_second_user_who_clicks_is_linked_besides_the_first(visitor: Visitor) -> None:
    account("tom")
    account("jerry")
    visitor.sign_in_by_form("tom")
    uuid = visitor.click()["uuid"]
    sign_out(visitor)
    visitor.sign_in_by_form("jerry")
    # The browser keeps its uuid, and one Messenger may serve two accounts.
    assert visitor.click()["uuid"] == uuid
    assert links() == [("tom", "default", uuid), ("jerry", "default", uuid)]


# A save that fails


def cut(route: Route) -> None:
    """The network breaks before the request gets through."""
    route.abort()


def lose_the_answer(route: Route) -> None:
    """The network breaks after the site has done its work."""
    route.fetch()
    route.abort()


def refuse(route: Route) -> None:
    """The site's own CSRF page, as where a cookie was lost."""
    route.fulfill(status=403, content_type="text/html", body="<h1>Forbidden</h1>")


@pytest.mark.parametrize("path", ["csrf-token", "save-uuid"])
@pytest.mark.parametrize("fault", [cut, lose_the_answer, refuse])
def test_a_save_that_fails_is_told_and_the_next_click_links(
    customer: Visitor, path: str, fault: Callable[[Route], None]
) -> None:
    customer.open()
    customer.page.route(f"**/joinchat/{path}", fault)
    uuid = customer.click(expect="joinchat:failed")["uuid"]
    saved = (path, fault) == ("save-uuid", lose_the_answer)
    assert links() == ([("tom", "default", uuid)] if saved else [])
    customer.page.unroute(f"**/joinchat/{path}")
    assert customer.click()["uuid"] == uuid
    assert links() == [("tom", "default", uuid)]


@pytest.mark.parametrize("status", [400, 403])
def test_a_save_that_a_sign_in_in_another_tab_overtook_is_tried_again_at_once(
    customer: Visitor, status: int
) -> None:
    overtaken = []

    def overtake_once(route: Route) -> None:
        if overtaken:
            route.continue_()
        else:
            overtaken.append(route)
            # As Django tells a session that ended meanwhile, and a token that is an old one.
            route.fulfill(status=status, content_type="text/html", body="<h1>No</h1>")

    customer.open()
    customer.page.route(SAVE, overtake_once)
    uuid = customer.click()["uuid"]
    assert overtaken
    assert links() == [("tom", "default", uuid)]


def test_a_click_without_a_network_can_be_repeated_once_it_is_back(visitor: Visitor) -> None:
    account("tom")
    visitor.open()
    visitor.context.set_offline(True)
    try:
        visitor.click(expect="joinchat:failed")
    finally:
        visitor.context.set_offline(False)
    uuid = visitor.click()["uuid"]
    visitor.sign_in_by_form("tom")
    assert links() == [("tom", "default", uuid)]


def test_a_token_that_changes_each_time_is_told_after_two_attempts(customer: Visitor) -> None:
    customer.open()

    def forget_the_token(route: Route) -> None:
        customer.context.clear_cookies(name="csrftoken")
        route.continue_()

    customer.page.route(SAVE, forget_the_token)
    customer.click(expect="joinchat:failed")
    assert customer.posts == ["/joinchat/save-uuid"] * 2
    customer.page.unroute(SAVE)
    customer.click()
    assert len(links()) == 1
