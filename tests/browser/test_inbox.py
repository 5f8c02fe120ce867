"""The sandbox's inbox, used as a developer uses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from joinchat_django.sandbox import SandboxServer
from joinchat_django.sandbox.faults import Fault

from .inbox import SECRET, Looker, looking

POSTBACK = {"type": "postback", "title": "Start", "payload": '{"block_id": "123", "flow_id": 12}'}
LINK = {"type": "web_url", "title": "Look", "url": "https://shop.example/tea?a=1&b=2"}
MENU = {
    "template_type": "button",
    "text": "Well?",
    "buttons": [POSTBACK, {**POSTBACK, "title": "Other", "payload": "<b>GO</b>"}, LINK],
}


def thread(looker: Looker) -> Locator:
    return looker.page.locator("#jc-box-thread")


def button(looker: Looker, name: str) -> Locator:
    return looker.page.get_by_role("button", name=name, exact=True)


def test_a_postback_says_what_joinchat_would_run_and_counts_as_activity(looker: Looker) -> None:
    looker.send(MENU)
    looker.sandbox.clock.move(25 * 3600)
    looker.open()
    expect(thread(looker)).to_contain_text("Quiet for 25 h")
    button(looker, "Start").click()
    expect(thread(looker)).to_contain_text("JoinChat would run block 123 and flow 12.")
    expect(thread(looker)).to_contain_text("Active now")
    assert looker.send("untagged")["success"] is True


@pytest.mark.thorough
def test_a_payload_of_the_developers_own_is_shown_as_it_is(looker: Looker) -> None:
    looker.send(MENU)
    looker.open()
    button(looker, "Other").focus()
    looker.page.keyboard.press("Enter")
    expect(looker.page.locator(".jc-box-payload")).to_have_text("<b>GO</b>")
    # It stays when something arrives, which comes after it.
    looker.send("And now?")
    expect(looker.page.locator("#jc-box-entries > :last-child")).to_contain_text("And now?")
    expect(looker.page.locator(".jc-box-payload")).to_be_visible()


@pytest.mark.thorough
def test_a_link_opens_in_a_tab_of_its_own_that_knows_nothing_of_the_inbox(
    looker: Looker,
) -> None:
    looker.page.context.route("https://shop.example/**", lambda route: route.fulfill(body="tea"))
    cards = {
        "template_type": "generic",
        "elements": [
            {
                "title": "Tea",
                "default_action": {"type": "web_url", "url": LINK["url"]},
                "buttons": [LINK, {**LINK, "title": "Bad", "url": "javascript:alert(1)"}],
            }
        ],
    }
    looker.send(cards)
    looker.open()
    for link in ("Look", "Tea"):
        with looker.page.expect_popup() as opened:
            thread(looker).get_by_role("link", name=link).click()
        assert opened.value.url == LINK["url"]
        assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]
    expect(thread(looker).get_by_role("link", name="Bad")).to_have_count(0)
    looker.page.context.unroute_all(behavior="wait")


@pytest.mark.thorough
def test_messages_appear_as_they_arrive(looker: Looker) -> None:
    looker.open()
    expect(thread(looker)).to_contain_text("Nothing has arrived yet")
    for words in ("One", "Two" + "\n…" * 50, "Three"):
        looker.send(words)
        expect(thread(looker)).to_contain_text(words[:3])
    expect(looker.page.locator("article")).to_have_count(3)
    expect(looker.page.locator("article").last).to_be_in_viewport()
    looker.send("Four", "mei")
    expect(looker.page.locator("#jc-box-list a")).to_have_count(2)
    expect(looker.page).to_have_title("(4) JoinChat sandbox")


@pytest.mark.thorough
def test_what_one_reads_stays_in_place_when_something_arrives(looker: Looker) -> None:
    looker.send("One")
    looker.open("/?to=uuid:tom")
    looker.page.locator("summary").click()
    signature = looker.page.get_by_role("heading", name="Signature")
    expect(signature).to_be_in_viewport()
    looker.page.locator("#jc-box-list a").focus()
    looker.send("Two")
    expect(looker.page.locator("article")).to_have_count(2)
    expect(signature).to_be_in_viewport()
    expect(thread(looker)).to_contain_text("It matches.")
    expect(looker.page.locator("#jc-box-list a")).to_be_focused()


@pytest.mark.thorough
def test_a_delayed_message_counts_down_and_arrives_by_itself(looker: Looker) -> None:
    looker.open()
    looker.send("At last", delay=5)
    expect(thread(looker)).to_contain_text(re.compile(r"arrives in [1-5] s"))
    assert "At last" not in thread(looker).inner_text()
    expect(thread(looker)).to_contain_text("At last")
    expect(looker.page.locator(".jc-box-typing")).to_have_count(0)


@pytest.mark.thorough
def test_a_search_finds_and_leads_to_the_conversation(looker: Looker) -> None:
    looker.send("Your parcel has left us")
    looker.send("Something else")
    looker.send("Hello", "mei")
    looker.open()
    looker.page.get_by_role("searchbox").fill("PARCEL")
    looker.page.keyboard.press("Enter")
    expect(looker.page.locator("article")).to_have_count(1)
    expect(looker.page.locator("#jc-box-list")).not_to_contain_text("mei")
    thread(looker).get_by_role("link", name="uuid tom").click()
    expect(looker.page.locator("article")).to_have_count(2)


@pytest.mark.thorough
def test_a_request_a_conversation_and_everything_can_be_deleted(looker: Looker) -> None:
    for words, to in (("One", "tom"), ("Two", "tom"), ("Three", "mei"), ("Four", "lin")):
        looker.send(words, to)
    looker.open("/?to=uuid:tom")
    looker.page.get_by_role("button", name="Delete request").first.click()
    expect(looker.page.locator("article")).to_have_count(1)
    expect(thread(looker)).to_contain_text("Two")
    # The focus is where one can go on.
    expect(looker.page.get_by_role("button", name="Delete request")).to_be_focused()

    button(looker, "Delete conversation").click()
    button(looker, "Cancel").click()
    expect(thread(looker)).to_contain_text("Two")
    button(looker, "Delete conversation").click()
    button(looker, "Delete").click()
    expect(looker.page.locator("#jc-box-list")).not_to_contain_text("tom")
    assert looker.page.evaluate("location.search") == ""

    button(looker, "Clear all").focus()
    looker.page.keyboard.press("Enter")
    expect(button(looker, "Cancel")).to_be_focused()
    looker.page.keyboard.press("Tab")
    looker.page.keyboard.press("Enter")
    expect(thread(looker)).to_contain_text("Nothing has arrived yet")
    expect(looker.page.locator("#jc-box-said")).to_have_text("Everything is deleted.")
    assert looker.sandbox.inbox.entries()[1] == []


@pytest.mark.thorough
def test_faults_are_added_watched_and_stopped_in_the_panel(looker: Looker) -> None:
    looker.open()
    button(looker, "Faults").click()
    panel = looker.page.get_by_role("dialog", name="Faults on demand")
    panel.get_by_label("What happens").select_option("too_many")
    panel.get_by_label("Retry-After").fill("7")
    panel.get_by_label("Number of answers").fill("2")
    panel.get_by_role("button", name="Add fault").click()
    expect(panel).to_contain_text("answered with 429, Retry-After: 7")
    expect(panel).to_contain_text("2 answers left")

    assert looker.send("Hello")["status"] == 429
    expect(panel).to_contain_text("1 answer left")
    expect(panel.get_by_label("Status")).to_be_hidden()
    panel.get_by_role("button", name="Stop all faults").click()
    expect(panel).to_contain_text("None: every answer is as the contract has it.")
    assert looker.send("Hello")["status"] == 200

    panel.get_by_label("What happens").select_option("unauthorized")
    panel.get_by_label("Share in per cent").fill("100")
    expect(panel.get_by_label("A share of")).to_be_checked()
    panel.get_by_role("button", name="Add fault").click()
    expect(panel).to_contain_text("100 % of the answers")
    assert [looker.send("Hello")["status"] for _ in range(3)] == [401] * 3
    looker.page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(button(looker, "Faults 1")).to_be_focused()
    expect(thread(looker)).to_contain_text("a fault on demand: answered with 401")


@pytest.mark.thorough
def test_faults_that_a_program_adds_are_shown_while_they_last(looker: Looker) -> None:
    looker.open()
    count = looker.page.locator("#jc-box-fault-count")
    expect(count).to_be_hidden()
    looker.sandbox.faults.add(Fault("cut", seconds=5))
    expect(count).to_have_text("1")
    expect(count).to_be_hidden()


@pytest.mark.thorough
def test_what_the_sandbox_refuses_to_do_is_said_in_the_panel(looker: Looker) -> None:
    looker.open()
    button(looker, "Clock").click()
    panel = looker.page.get_by_role("dialog", name="Clock")
    panel.get_by_label("Move ahead by").fill("5000")
    panel.get_by_role("button", name="Move", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("a year at most")
    # The browser tells of each answer of 4xx.
    assert looker.errors
    assert all("400" in error for error in looker.errors)
    looker.errors.clear()


@pytest.mark.thorough
def test_the_clock_is_moved_and_an_untagged_message_is_refused_then(looker: Looker) -> None:
    looker.send("Hello")
    looker.open()
    button(looker, "Clock").click()
    panel = looker.page.get_by_role("dialog", name="Clock")
    expect(panel).to_contain_text("Real time")
    panel.get_by_role("button", name="+24 h").click()
    expect(panel).to_contain_text("24 h ahead of real time")
    panel.get_by_label("Move ahead by").fill("90")
    panel.get_by_label("Unit").select_option("minutes")
    panel.get_by_label("Move ahead by").press("Enter")
    expect(panel).to_contain_text("25 h 30 min ahead of real time")
    panel.get_by_role("button", name="Close").click()

    assert looker.send("Untagged")["success"] is False
    assert looker.send("Tagged", tag="ACCOUNT_UPDATE")["success"] is True
    expect(thread(looker)).to_contain_text("was last active 1 day 1 h ago")
    expect(thread(looker)).to_contain_text("Quiet for 25 h 30 min · only tagged messages arrive")
    button(looker, "Write as this person").click()
    expect(thread(looker)).to_contain_text("Active now · untagged messages arrive for 24 h")
    assert looker.send("Untagged")["success"] is True

    button(looker, "Clock +25 h 30 min").click()
    panel.get_by_role("button", name="Back to real time").click()
    expect(panel).to_contain_text("Real time")
    expect(looker.page.locator("#jc-box-ahead")).to_be_hidden()


@pytest.mark.thorough
def test_the_exact_bytes_are_copied(looker: Looker) -> None:
    looker.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    body = '\n\r\n {"Grüße": "你好",\r\n\t"a": "<b>&amp;"}\r'.encode()
    looker.send_bytes(body)
    looker.open()
    looker.page.locator("summary").click()
    button(looker, "Copy the body").click()
    expect(looker.page.locator("#jc-box-said")).to_have_text("Copied.")
    copied = looker.page.evaluate("navigator.clipboard.readText()")
    assert copied.encode() == looker.sandbox.inbox.refused()[0].body == body
    looker.page.context.clear_permissions()


@pytest.mark.thorough
def test_on_a_phone_the_list_and_the_thread_are_two_views(looker: Looker) -> None:
    looker.page.set_viewport_size({"width": 360, "height": 700})
    looker.send("Hello")
    looker.open()
    expect(thread(looker)).to_be_hidden()
    looker.page.get_by_role("link", name="uuid tom").click()
    expect(thread(looker)).to_be_visible()
    expect(looker.page.locator("#jc-box-list")).to_be_hidden()
    looker.page.get_by_role("link", name="All conversations").click()
    expect(thread(looker)).to_be_hidden()
    expect(looker.page.locator("#jc-box-list")).to_be_visible()


@pytest.mark.thorough
def test_a_sandbox_that_has_stopped_is_told_of(tab: Page) -> None:
    server = SandboxServer(page_id=12345, api_secret=SECRET)
    with server, looking(tab, server) as looker:
        looker.open()
        status = looker.page.locator("#jc-box-status")
        expect(status).to_have_text("Live")
        server.stop()
        expect(status).to_have_text("The sandbox has stopped")
        server.start()
        expect(status).to_have_text(re.compile("Live|Something new"))
