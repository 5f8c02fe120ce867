"""The page of the inbox: whom it shows, what they got, and what was refused."""

from __future__ import annotations

import html
import json
import re

import pytest

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import Inbox, SandboxServer
from joinchat_django.sandbox.inbox import About, Asked, render

from .calling import Call
from .examples import FULL, PAGE_ID, SECRET, request, text

MARKUP = "<script>alert(1)</script>\"'&<b>"


def test_an_empty_inbox_says_what_to_do(call: Call, sandbox: SandboxServer) -> None:
    page = call("GET", "/").text
    assert "Nothing has arrived yet" in page
    assert sandbox.api_url in page
    assert sandbox.sdk_url in page
    assert f'"PAGE_ID": {PAGE_ID}' in page


def test_every_reason_against_a_request_is_shown_and_found(call: Call, send: Call) -> None:
    send(text("x", delay=11), {"x_joinchat_signature": "AAAA"})
    [number] = set(re.findall(r"request=([0-9]+)", call("GET", "/?to=refused").text))
    for path in ("/?to=refused", f"/?request={number}", "/?q=besides"):
        assert "besides, delay: at most 10, found 11" in call("GET", path).text


def test_what_had_to_make_room_is_counted() -> None:
    store = Inbox(limit=1)
    about = About("http://127.0.0.1:8025", PAGE_ID)
    store.accept(text("x"))
    assert "oldest dropped" not in render(store, about, Asked())
    store.accept(text("y"))
    assert "1 oldest dropped" in render(store, about, Asked())


def test_the_newest_conversation_is_open_and_others_are_a_click_away(
    call: Call, send: Call
) -> None:
    send(text("To Mei", recipient={"email": "mei@example.com"}, tag="ACCOUNT_UPDATE"))
    send(text("To Tom", recipient={"uuid": "tom"}))
    page = call("GET", "/").text
    assert 'data-jc-thread="uuid:tom"' in page
    assert page.count("To Tom") > page.count("To Mei") == 1

    links = re.findall(r'class="jc-box-person" href="([^"]+)"', page)
    assert links == ["/?to=uuid%3Atom", "/?to=email%3Amei%40example.com"]
    page = call("GET", links[1]).text
    assert 'data-jc-thread="email:mei@example.com"' in page
    assert '<p class="jc-bubble" dir="auto">To Mei</p>' in page
    assert "ACCOUNT_UPDATE" in page


@pytest.mark.parametrize("kind", FULL)
def test_every_type_of_message_is_shown_as_messenger_shows_it(
    kind: str, call: Call, send: Call
) -> None:
    assert send(request(FULL[kind])).json["success"] is True
    assert f'class="jc-message jc-message-{kind}' in call("GET", "/").text


def test_markup_in_what_arrives_stays_text(call: Call, send: Call) -> None:
    send(text(MARKUP, recipient={"id": MARKUP}))
    send(text(MARKUP, recipient={"id": MARKUP}, tag=MARKUP, surplus=MARKUP))
    send(text(MARKUP, recipient={"id": MARKUP}), {"x_joinchat_signature": MARKUP})
    send(json.dumps({MARKUP: MARKUP}).encode())
    for path in ("/", "/?to=refused", "/?to=" + "%3Cscript%3E"):
        page = call("GET", path).text
        assert MARKUP not in page
        assert page.count("<script") == 1
        assert "<b>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_refused_request_is_shown_with_its_reasons(call: Call, send: Call) -> None:
    send(text("x" * 641, recipient={"uuid": "tom"}, tag="DEALS"))
    send(b"{nonsense")
    page = call("GET", "/?to=refused").text
    assert "Refused, answered with 200" in page
    assert "message.text: at most 640 characters, found 641" in page
    assert "DEALS" in page
    assert "Refused, answered with 400" in page
    assert "the body is not JSON" in page
    assert "at most 640 characters" in call("GET", "/?to=uuid:tom").text


def test_the_secret_is_nowhere_and_a_signature_only_where_a_request_is_opened(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    body = json.dumps(text("hello")).encode()
    wrong, right = sign("wrong", body), sign(SECRET, body)
    send(body)
    send(body, {"x_joinchat_signature": wrong})
    for path in ("/", "/?to=refused", "/?q=hello", "/_sandbox/messages", "/_sandbox/state"):
        page = call("GET", path).text
        assert not [hidden for hidden in (SECRET, wrong, right) if hidden in page]
    number = sandbox.inbox.refused()[0].number
    page = html.unescape(call("GET", f"/?request={number}").text)
    assert wrong in page
    assert right in page
    assert SECRET not in page


def test_the_pages_allow_nothing_inline(call: Call, send: Call) -> None:
    for kind in FULL:
        send(request(FULL[kind]))
    answer = call("GET", "/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    opened = call("GET", "/?request=1").text
    for page in (answer.text, opened):
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", page)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_file_that_the_page_names_is_served(call: Call) -> None:
    found = re.findall(r'(?:href|src)="(/_sandbox/static/[^"]+)"', call("GET", "/").text)
    assert len(found) >= 3
    # Scripts name those that they import.
    for file in found:
        answer = call("GET", file)
        assert answer.status == 200, file
        is_css = file.endswith(".css")
        kind = "text/css" if is_css else "text/javascript"
        assert answer.headers["Content-Type"].startswith(kind)
        imported = re.findall(r'^import .*"\./(.+)";$', "" if is_css else answer.text, re.MULTILINE)
        found += {f"/_sandbox/static/{name}" for name in imported} - set(found)
    assert "/_sandbox/static/inbox-page.js" in found


def test_the_page_and_the_state_agree_on_the_version(call: Call, send: Call) -> None:
    before = call("GET", "/_sandbox/state").json
    send(text("hello"))
    after = call("GET", "/_sandbox/state").json
    page = call("GET", "/").text
    assert after["run"] == before["run"]
    assert after["version"] > before["version"]
    assert f'data-jc-run="{after["run"]}" data-jc-version="{after["version"]}"' in page


def test_a_long_thread_shows_its_latest_hundred(call: Call, sandbox: SandboxServer) -> None:
    for number in range(103):
        sandbox.inbox.accept(text(f"number {number}."))
    page = call("GET", "/").text
    assert page.count("<article") == 100
    assert "number 3." in page
    assert "number 2." not in page
    assert "3 earlier requests are not shown." in page


def test_what_cannot_be_shown_does_not_break_the_page(call: Call, send: Call) -> None:
    deep = b'{"page_id": 12345, "a": ' + b"[" * 900 + b"]" * 900 + b"}"
    large = json.dumps({"surplus": "x" * 500_000}).encode()
    for body in (deep, large, b'{"recipient": {"uuid": "\\ud800"}}', b'{"tag": {}, "delay": []}'):
        send(body)
    page = call("GET", "/?to=refused")
    assert page.status == 200
    assert len(page.body) < 100_000
    assert call("GET", "/").status == 200
    assert call("GET", "/?" + "&".join("to=1" for _ in range(30))).status == 400
