"""``{% joinchat_sdk %}`` on a page: a click on Send to Messenger links the visitor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.signals import pre_save
from playwright.sync_api import Route

from joinchat_django.models import MessengerLink
from tests.saving import links

from .visitors import Visitor, account

pytestmark = pytest.mark.django_db(transaction=True)


def call(visitor: Visitor, script: str, expect: str = "joinchat:linked") -> Any:
    """Run a script in the page, as the SDK or the page might."""
    return visitor.do(lambda: visitor.page.evaluate(script), expect)


def test_a_click_links_the_signed_in_user_under_a_strict_policy(customer: Visitor) -> None:
    customer.open()
    assert customer.page.locator("button", has_text="Send to Messenger").count() == 1
    detail = customer.click()

    (cookie,) = [c for c in customer.context.cookies() if c["name"] == "joinchat_uuid"]
    assert links() == [("tom", "default", cookie["value"])]
    assert detail == {
        "uuid": cookie["value"],
        "bot": "default",
        "linked": True,
        "pending": False,
    }
    # Neither a complaint of the policy nor a fault of a script.
    assert customer.errors == []


@pytest.mark.thorough
def test_the_policy_of_these_pages_stops_what_it_should(customer: Visitor) -> None:
    customer.open()
    customer.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " {textContent: 'window.ran = true'}))"
    )
    assert customer.page.evaluate("window.ran") is None
    assert "Content Security Policy" in customer.errors[0]


@pytest.mark.thorough
def test_the_callback_is_reachable_by_name_and_as_a_property(customer: Visitor) -> None:
    customer.open()
    call(customer, "joinchatSendToMessengerCallback('by-name')")
    call(customer, "window.joinchatSendToMessengerCallback('by-property')")
    assert [uuid for _user, _bot, uuid in links()] == ["by-name", "by-property"]


@pytest.mark.thorough
@pytest.mark.parametrize("own", ["let", "var", "function", "window"])
def test_a_callback_that_the_page_defined_before_runs_too(customer: Visitor, own: str) -> None:
    customer.open(f"/page?own={own}")
    uuid = customer.click()["uuid"]
    call(customer, "window.joinchatSendToMessengerCallback('by-property')")
    assert [row[2] for row in links()] == [uuid, "by-property"]
    assert [detail for name, detail in customer.told if name == "own"] == [uuid, "by-property"]
    assert customer.errors == []


@pytest.mark.thorough
def test_a_callback_that_the_page_declared_const_is_told_what_to_do(customer: Visitor) -> None:
    customer.open("/page?own=const")
    assert "Declare it with let, var or function" in customer.errors[0]
    customer.click(expect="own")
    assert links() == []


@pytest.mark.thorough
def test_a_callback_of_the_page_that_fails_does_not_stop_the_link(customer: Visitor) -> None:
    customer.open("/page?own=failing")
    customer.click()
    assert len(links()) == 1
    assert "the page's own callback failed" in customer.errors[0]


def test_an_anonymous_visitor_is_linked_when_they_sign_in(visitor: Visitor) -> None:
    account("tom")
    visitor.open()
    detail = visitor.click()
    assert (detail["linked"], detail["pending"]) == (False, True)
    assert links() == []
    visitor.sign_in_by_form("tom")
    assert links() == [("tom", "default", detail["uuid"])]


@pytest.mark.thorough
def test_a_double_click_makes_one_link(customer: Visitor) -> None:
    customer.open()
    customer.do(lambda: customer.page.dblclick("text=Send to Messenger"), "joinchat:linked")
    customer.page.wait_for_load_state("networkidle")
    assert len(links()) == 1


@pytest.mark.thorough
def test_the_callback_called_twice_at_once_saves_once(customer: Visitor) -> None:
    customer.open()
    call(customer, "for (const _ of [1, 2]) joinchatSendToMessengerCallback('abc')")
    assert customer.posts == ["/joinchat/save-uuid"]
    call(customer, "joinchatSendToMessengerCallback('abc')")
    assert links() == [("tom", "default", "abc")]


@pytest.mark.thorough
def test_the_tag_twice_on_a_page_defines_things_once(customer: Visitor) -> None:
    customer.open("/page?bot=default&bot=default&own=function")
    uuid = customer.click()["uuid"]
    assert customer.page.locator("button", has_text="to Messenger").count() == 1
    assert customer.posts == ["/joinchat/save-uuid"]
    assert [name for name, _detail in customer.told] == ["own", "joinchat:linked"]
    assert links() == [("tom", "default", uuid)]


@pytest.mark.thorough
def test_of_tags_for_two_bots_the_last_counts(customer: Visitor) -> None:
    customer.open("/page?bot=default&bot=second")
    assert customer.click()["bot"] == "second"
    assert [bot for _user, bot, _uuid in links()] == ["second"]


@pytest.mark.thorough
def test_a_sign_in_in_another_tab_meanwhile_does_not_lose_the_uuid(visitor: Visitor) -> None:
    account("tom")
    visitor.open()
    other_tab = visitor.context.new_page()

    def sign_in_first(route: Route) -> None:
        if len(visitor.posts) == 1:
            visitor.sign_in_by_form("tom", page=other_tab)
        route.continue_()

    # After the script has its token and before the uuid is saved: a sign-in changes the token.
    visitor.page.route("**/joinchat/save-uuid", sign_in_first)
    detail = visitor.click()
    assert visitor.posts == ["/joinchat/save-uuid"] * 2
    assert links() == [("tom", "default", detail["uuid"])]


@pytest.fixture
def broken_once() -> Iterator[None]:
    """A database that refuses the first link, so that the site answers 500."""
    refused: list[str] = []

    def refuse(instance: MessengerLink, **kwargs: Any) -> None:
        if not refused:
            refused.append(instance.uuid)
            raise RuntimeError("The first link is refused.")

    pre_save.connect(refuse, sender=MessengerLink)
    yield
    pre_save.disconnect(refuse, sender=MessengerLink)
    assert refused


@pytest.mark.usefixtures("broken_once")
@pytest.mark.thorough
def test_a_save_that_fails_is_told_and_can_be_tried_again(customer: Visitor) -> None:
    customer.open()
    detail = customer.click(expect="joinchat:failed")
    assert "answered 500" in detail["error"]
    assert any("could not be saved" in error for error in customer.errors)
    assert links() == []
    customer.click()
    assert links() == [("tom", "default", detail["uuid"])]


@pytest.mark.usefixtures("broken_once")
@pytest.mark.thorough
def test_a_listener_may_try_again_by_itself(customer: Visitor) -> None:
    customer.open()
    customer.page.evaluate(
        "document.addEventListener('joinchat:failed',"
        " ({detail}) => joinchatSendToMessengerCallback(detail.uuid))"
    )
    call(customer, "joinchatSendToMessengerCallback('abc')")
    assert links() == [("tom", "default", "abc")]


@pytest.mark.thorough
def test_a_callback_without_a_uuid_links_nothing(customer: Visitor) -> None:
    customer.open()
    for nothing in ("", "undefined", "null", "''"):
        script = f"joinchatSendToMessengerCallback({nothing})"
        assert "There is no uuid" in call(customer, script, "joinchat:failed")["error"]
    assert links() == []


@pytest.mark.thorough
def test_a_uuid_may_be_a_number(customer: Visitor) -> None:
    customer.open()
    assert call(customer, "joinchatSendToMessengerCallback(123456)")["uuid"] == "123456"
    assert links() == [("tom", "default", "123456")]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "values",
    [
        {"CSRF_USE_SESSIONS": True},
        {"CSRF_COOKIE_HTTPONLY": True},
        {"CSRF_HEADER_NAME": "HTTP_X_XSRF_TOKEN"},
    ],
    ids=str,
)
def test_it_does_not_matter_where_a_site_keeps_its_csrf_token(
    customer: Visitor, settings: Any, values: dict[str, Any]
) -> None:
    for name, value in values.items():
        setattr(settings, name, value)
    customer.open()
    customer.click()
    assert len(links()) == 1
    assert customer.errors == []
    for cookie in customer.context.cookies():
        if cookie["name"] == settings.CSRF_COOKIE_NAME:
            assert cookie["httpOnly"] == settings.CSRF_COOKIE_HTTPONLY


@pytest.mark.thorough
def test_a_token_in_the_session_outlasts_an_anonymous_visitors_sign_in(
    visitor: Visitor, settings: Any
) -> None:
    settings.CSRF_USE_SESSIONS = True
    account("tom")
    visitor.open()
    uuid = visitor.click()["uuid"]
    assert not [c for c in visitor.context.cookies() if c["name"] == settings.CSRF_COOKIE_NAME]
    visitor.sign_in_by_form("tom")
    assert links() == [("tom", "default", uuid)]
    assert visitor.click()["linked"] is True
    assert links() == [("tom", "default", uuid)]
    assert visitor.errors == []


@pytest.mark.thorough
def test_a_click_after_signing_out_is_not_the_former_users(visitor: Visitor) -> None:
    tom = account("tom")
    visitor.sign_in(tom)
    visitor.open()
    uuid = visitor.click()["uuid"]
    visitor.context.clear_cookies(name="sessionid")
    visitor.open()
    assert visitor.click()["pending"] is True
    assert links() == [("tom", "default", uuid)]
