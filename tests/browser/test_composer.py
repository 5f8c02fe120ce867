"""Staff compose messages in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser, Page, expect

from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage

from .visitors import Visitor, new_context, staff_account

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/joinchat_django/messagetemplate/"
F = "#id_composer-0-f"


@pytest.fixture
def staff(visitor: Visitor, settings: Any) -> Visitor:
    """A member of the staff who may do everything, on the admin's page of a new template."""
    settings.ROOT_URLCONF = "tests.urls"
    visitor.ignore_missing_icons()
    visitor.sign_in(staff_account())
    visitor.open(f"{LIST}add/")
    visitor.page.fill("#id_name", "Hello")
    return visitor


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"{F}-{name}", value)


def shown(page: Page) -> Any:
    return expect(page.locator(".jcc-screen:visible"))


def choose(page: Page, name: str) -> None:
    page.locator(".jcc-type", has_text=name).locator("label").click()
    expect(page.locator(f"{F.replace('-f', '-form')} [name$=kind]")).to_have_value(
        {"Button menu": "button", "Carousel": "generic", "List": "list", "Receipt": "receipt"}[name]
    )


def press(page: Page, name: str, focus: str) -> None:
    """Click a button that adds something, after which one may type at once."""
    page.get_by_role("button", name=name, exact=True).last.click()
    expect(page.locator(f"{F}-{focus}")).to_be_focused()


def save(page: Page) -> dict[str, Any]:
    page.click("input.default[name=_save]")
    page.wait_for_url(re.compile(rf"{LIST}(#.*)?$"))
    body: dict[str, Any] = MessageTemplate.objects.get().body
    return body


def test_a_text_is_composed_and_seen_while_typing(staff: Visitor) -> None:
    page = staff.page
    fill(page, text="Hello {{ name }}")
    shown(page).to_contain_text("Hello name")
    page.fill("[id='id_composer-sample.name']", "Eva")
    shown(page).to_contain_text("Hello Eva")
    assert save(page) == {"template_type": "text", "text": "Hello {{ name }}"}
    assert MessageTemplate.objects.get().sample == {"name": "Eva"}
    assert staff.errors == []


@pytest.mark.thorough
def test_a_button_menu_is_composed(staff: Visitor) -> None:
    page = staff.page
    choose(page, "Button menu")
    fill(page, text="What now?")
    press(page, "Add a link button", "buttons-0-title")
    page.keyboard.type("Shop")
    fill(page, **{"buttons-0-url": "https://shop.example/"})
    press(page, "Add a reply button", "buttons-1-title")
    page.keyboard.type("Help")
    page.locator(f"{F}-buttons-1-payload").get_by_text("Send a payload of its own").click()
    fill(page, **{"buttons-1-payload-text": "HELP"})
    shown(page).to_contain_text("Help")
    assert save(page)["buttons"] == [
        {"type": "web_url", "title": "Shop", "url": "https://shop.example/"},
        {"type": "postback", "title": "Help", "payload": "HELP"},
    ]


@pytest.mark.thorough
def test_a_carousel_is_composed_and_put_in_order_by_the_keyboard(staff: Visitor) -> None:
    page = staff.page
    choose(page, "Carousel")
    fill(page, **{"elements-0-title": "One"})
    press(page, "Add a card", "elements-1-title")
    page.keyboard.type("Two")
    press(page, "Add a card", "elements-2-title")
    page.keyboard.type("Three")
    page.get_by_role("button", name="Move up: Card 3").focus()
    for number in (2, 1):
        page.keyboard.press("Enter")
        expect(page.locator(f"{F}-elements-{number - 1}-title")).to_have_value("Three")
        focused = page.locator(f"{F}-elements-{number - 1} :focus")
        expect(focused).to_have_attribute("data-op", "up" if number > 1 else "down")
    expect(page.locator(".jcc-screen .jc-title").first).to_have_text("Three")
    assert [e["title"] for e in save(page)["elements"]] == ["Three", "One", "Two"]


@pytest.mark.thorough
def test_a_list_is_composed(staff: Visitor) -> None:
    page = staff.page
    choose(page, "List")
    fill(page, **{"elements-0-title": "One", "elements-0-subtitle": "first"})
    fill(page, **{"elements-1-title": "Two"})
    page.select_option(f"{F}-top_element_style", "large")
    expect(page.locator(".jcc-screen .jc-cover")).to_contain_text("One")
    page.click("input.default[name=_save]")
    # A row needs one thing more, and the summary leads to it.
    page.get_by_role("link", name="Needs at least one of").click()
    expect(page.locator(f"{F}-elements-1")).to_be_focused()
    fill(page, **{"elements-1-subtitle": "second"})
    assert [e["subtitle"] for e in save(page)["elements"]] == ["first", "second"]


@pytest.mark.thorough
def test_a_receipt_is_composed_that_repeats_a_line(staff: Visitor) -> None:
    page = staff.page
    choose(page, "Receipt")
    fill(page, recipient_name="{{ user.first_name }}", order_number="17", currency="EUR")
    fill(page, payment_method="Visa", **{"summary-total_cost": "{{ total }}"})
    press(page, "Add a line", "elements-0-title")
    page.keyboard.type("{{ line.title }}")
    fill(page, **{"elements-0-price": "{{ line.price }}"})
    page.get_by_text("Repeat for each item of a list").click()
    fill(page, **{"elements-0-each-list": "lines", "elements-0-each-name": "line"})
    page.get_by_role("button", name="Add to lines").click()
    page.fill("[id='id_composer-sample.lines[0].title']", "Red hat")
    page.fill("[id='id_composer-sample.lines[0].price']", "12.5")
    page.fill("[id='id_composer-sample.total']", "12.5")
    shown(page).to_contain_text("Red hat")
    expect(page.locator(".jcc-screen .jc-total")).to_contain_text("€12.50")
    assert save(page)["elements"] == [
        {"$each": "lines as line", "title": "{{ line.title }}", "price": "{{ line.price }}"}
    ]


@pytest.mark.thorough
def test_form_and_json_are_in_step_both_ways(staff: Visitor) -> None:
    page = staff.page
    fill(page, text="By the form")
    shown(page).to_contain_text("By the form")
    page.locator("label[for=id_composer-0-json-tab]").click()
    json_text = page.locator("#id_composer-0-json")
    assert '"text": "By the form"' in json_text.input_value()
    json_text.fill('{"template_type": "text", "text": "By ')
    expect(page.locator("#id_composer-0-json_under")).to_contain_text("Line 1")
    json_text.press_sequentially('JSON"}')
    shown(page).to_contain_text("By JSON")
    expect(json_text).to_have_value('{"template_type": "text", "text": "By JSON"}')
    page.locator("label[for=id_composer-0-form-tab]").click()
    expect(page.locator(f"{F}-text")).to_have_value("By JSON")
    assert save(page)["text"] == "By JSON"


@pytest.mark.thorough
def test_a_test_goes_to_ones_own_link_and_the_switch_forbids_a_tag(staff: Visitor) -> None:
    page = staff.page
    fill(page, text="Only a test")
    page.select_option("#id_composer-tag", "SHIPPING_UPDATE")
    expect(page.locator("#id_composer-tag_purpose")).to_contain_text("Where an order is")
    page.check("#id_composer-is_promotional")
    expect(page.locator("#id_composer-tag")).to_be_disabled()
    expect(page.locator("#id_composer-tag_forbidden")).to_be_visible()
    page.get_by_role("button", name="Send me a test").click()
    expect(page.locator("#id_composer-tried")).to_contain_text("You are not linked")
    MessengerLink.objects.create(user=get_user_model().objects.get(), uuid="uuid-of-staff")
    page.get_by_role("button", name="Send me a test").click()
    expect(page.locator("#id_composer-tried")).to_contain_text("on its way")
    assert "Only a test" in OutboxMessage.objects.get().content
    expect(page.locator(f"{F}-text")).to_have_value("Only a test")


@pytest.mark.thorough
def test_a_counter_says_aloud_when_a_text_grows_too_long(staff: Visitor) -> None:
    page = staff.page
    fill(page, text="x" * 641)
    expect(page.locator(f"{F}-text_under .jcc-over")).to_have_text("641 / 640")
    expect(page.locator(f"{F}-text_errors")).to_contain_text("at most 640")
    expect(page.locator(f"{F}-text")).to_have_attribute("aria-invalid", "true")
    fill(page, text="short")
    expect(page.locator(f"{F}-text_errors")).to_have_count(0)
    expect(page.locator(f"{F}-text")).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.thorough
def test_a_server_that_fails_leaves_the_form_as_it_is(staff: Visitor) -> None:
    page = staff.page
    page.route("**/compose/", lambda route: route.abort())
    fill(page, text="Kept")
    expect(page.locator(".jcc-said")).to_contain_text("could not be refreshed")
    assert save(page)["text"] == "Kept"


@pytest.fixture
def scriptless(browser: Browser, site: str, settings: Any) -> Iterator[Visitor]:
    """A member of the staff whose browser runs no scripts."""
    settings.ROOT_URLCONF = "tests.urls"
    context = new_context(browser, java_script_enabled=False)
    visitor = Visitor(context.new_page(), site)
    visitor.sign_in(staff_account())
    yield visitor
    context.close()


@pytest.mark.thorough
def test_a_button_menu_is_composed_without_scripts(scriptless: Visitor) -> None:
    page = scriptless.page
    scriptless.open(f"{LIST}add/")
    page.fill("#id_name", "Hello")
    page.fill("#id_slug", "hello")
    page.locator(".jcc-type", has_text="Button menu").locator("label").click()
    page.get_by_role("button", name="Change the type").click()
    fill(page, text="What now?")
    page.get_by_role("button", name="Add a reply button").click()
    fill(page, **{"buttons-0-title": "Help", "buttons-0-payload-block_id": "12"})
    page.get_by_role("button", name="Refresh").last.click()
    shown(page).to_contain_text("Help")
    assert save(page) == {
        "template_type": "button",
        "text": "What now?",
        "buttons": [{"type": "postback", "title": "Help", "payload": {"block_id": "12"}}],
    }
