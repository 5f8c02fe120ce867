"""Pages in Simplified Chinese: no English shows through, and figures follow the language."""

from __future__ import annotations

import datetime
import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.template import RequestContext, Template
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from joinchat_django import broadcasts
from joinchat_django.api import InvalidMessage, MessageTag, Recipient, Text, message_from_dict
from joinchat_django.api.connection import check_connection
from joinchat_django.models import BotState, Broadcast, MessageTemplate, MessengerLink
from joinchat_django.preview import render_message
from joinchat_django.rendering import MessageBody
from joinchat_django.sandbox import SandboxServer
from joinchat_django.wording import localized, told
from tests.admin.addresses import Address, addresses_about
from tests.admin.pages import page_of
from tests.servers import free_port

from .english import english_on

pytestmark = pytest.mark.django_db

#: Names, codes, and what the tests' own rows say: the same in every language.
_NAMES = """
    API CSRF Facebook GET HTTP ID JOINCHAT JSON JoinChat Messenger POST SDK Send TLS US USD block
    email facebook flow https lines now payload pt py slug to uuid worker manage
    Hello admin customer default receipt shop text Wrong hans zh
"""
NAMES = set(_NAMES.split())
SANDBOX_NAMES = {"API_SECRET", "API_URL", "SDK_URL", "PAGE_ID", "Retry", "After", "min", "curl"}
NAMES |= {word for tag in MessageTag for word in re.findall(r"[A-Za-z]+", tag)}
#: What Django's own catalogue lacks, or has in capitals, and a value made of a variable's name.
NAMES |= {"Search", "True", "False", "Uuid", "Slug", "first name", "Hello first name"}


@pytest.fixture(autouse=True)
def in_chinese(settings: Any) -> Iterator[None]:
    settings.LANGUAGE_CODE = "zh-hans"
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def pages(admin_user: Any) -> Iterator[list[Address]]:
    """The admin's pages, with rows to show."""
    with addresses_about(admin_user) as found:
        yield found


def test_no_page_of_the_admin_shows_english(admin_client: Client, pages: list[Address]) -> None:
    shown = {}
    for address in pages:
        response = admin_client.get(address.url)
        if response.status_code == 200 and "html" in response["Content-Type"]:
            shown[address.name] = english_on(response.text, NAMES)
    assert len(shown) > 15
    assert not {name: texts for name, texts in shown.items() if texts}


def test_the_index_warns_in_chinese(admin_client: Client) -> None:
    BotState.objects.create(bot="default", is_paused=True, reason="Wrong.")
    page = admin_client.get("/admin/").text
    assert "机器人“default”已暂停。Wrong." in page
    assert "is paused" not in page


def test_a_template_that_is_refused_says_why_in_chinese(admin_client: Client) -> None:
    body = {"template_type": "button", "text": "你好" * 400, "buttons": [], "titel": 1}
    data = {
        "slug": "a",
        "name": "A",
        "composer-0-mode": "json",
        "composer-0-json": json.dumps(body),
    }
    page = admin_client.post(page_of(MessageTemplate, "add"), data).text
    assert "最多 640 个字符（实际为：800）。" in page
    assert "必须有 1 到 3 项（实际为：0）。" in page
    assert "titel: 不是 ButtonTemplate 的字段" in page
    assert english_on(page, NAMES | {"titel", "ButtonTemplate", "buttons"}) == []


def test_the_history_of_a_bot_is_in_chinese_and_its_log_in_english(admin_client: Client) -> None:
    admin_client.post(page_of(BotState, "pause", "default"), {"reason": "Look."})
    assert LogEntry.objects.get().change_message == "Paused. Look."
    assert "已暂停。 Look." in admin_client.get(page_of(BotState, "history", "default")).text


def test_a_connection_that_fails_says_why_in_chinese() -> None:
    port = free_port()
    report = check_connection(f"http://127.0.0.1:{port}/")
    assert report.error.startswith(f"Connections to 127.0.0.1:{port} are refused.")
    assert localized(report.error) == (
        f"127.0.0.1:{port} 拒绝连接。请检查主机和端口，以及服务器是否在运行。"
    )


def test_an_error_keeps_its_english_for_logs() -> None:
    with pytest.raises(InvalidMessage) as caught:
        message_from_dict({"template_type": "text", "text": 1, "tex": 1})
    assert str(caught.value) == (
        "tex: is not a field of Text (did you mean 'text'?); text: must be text, found a number"
    )
    assert [told(problem) for problem in caught.value.problems] == [
        "tex: 不是 Text 的字段（您是指 'text' 吗？）",
        "text: 必须是文本，实际为 数字",
    ]


def test_several_ways_to_name_a_recipient_are_told_in_chinese() -> None:
    with pytest.raises(InvalidMessage) as caught:
        Recipient(uuid="a", id="b", phone="c")
    assert str(caught.value).endswith(", found uuid and id and phone")
    assert [told(problem) for problem in caught.value.problems] == [
        "必须且只能有以下之一：uuid, id, phone, email，实际为 uuid 和 id 和 phone"
    ]


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (object(), "an object", "object 类型的值"),
        (b"x", "a bytes", "bytes 类型的值"),
        (UUID(int=1), "a UUID", "UUID 类型的值"),
    ],
)
def test_a_value_of_another_type_is_named_in_chinese(
    value: Any, english: str, chinese: str
) -> None:
    with pytest.raises(InvalidMessage) as caught:
        Text(value)
    assert str(caught.value) == f"text: must be text, found {english}"
    [problem] = caught.value.problems
    assert told(problem) == f"text: 必须是文本，实际为 {chinese}"


def test_a_uuid_that_is_none_is_refused_in_chinese(admin_client: Client, admin_user: Any) -> None:
    refused = "uuid 只能由 1 到 255 个 A-Z a-z 0-9 . _ ~ : @ + / = - 字符组成。"
    data = {"user": admin_user.pk, "bot": "default", "uuid": "two words"}
    assert refused in admin_client.post(page_of(MessengerLink, "add"), data).text
    url = reverse("joinchat:save-uuid")
    assert admin_client.post(url, {"uuid": "two words"}).json() == {"error": refused}
    assert admin_client.post(url).json() == {
        "error": "没有收到 uuid。请发送 SDK 回调所提供的 uuid。"
    }


def test_loops_that_are_too_deep_are_refused_in_chinese() -> None:
    text = "{% for a in b %}" * 4 + "{% endfor %}" * 4
    with pytest.raises(InvalidMessage) as caught:
        MessageBody.compile({"template_type": "text", "text": text})
    assert str(caught.value) == ("text: is no valid template: more than 3 loops within each other")
    assert [told(problem) for problem in caught.value.problems] == [
        "text: 不是有效的模板：循环嵌套超过 3 层"
    ]


def test_the_review_tells_in_chinese_whose_message_is_wrong(
    admin_client: Client, admin_user: Any
) -> None:
    MessengerLink.objects.create(user=admin_user, uuid="a")
    draft = broadcasts.draft(get_user_model().objects.all(), requested_by=admin_user)
    draft.body = {"template_type": "text", "text": "{{ user.username }}" * 200}
    draft.save()
    page = admin_client.get(page_of(Broadcast, "review", draft.pk)).text
    assert page.count("text: 最多 640 个字符，实际为 1000") == 2
    assert english_on(page, NAMES) == []


@pytest.mark.parametrize("is_linked", [True, False])
def test_the_account_page_is_in_chinese(user: Any, is_linked: bool) -> None:
    if is_linked:
        MessengerLink.objects.create(user=user, uuid="a")
        moment = datetime.datetime(2026, 5, 3, 12, tzinfo=datetime.timezone.utc)
        MessengerLink.objects.update(linked_at=moment)
    request = RequestFactory().get("/")
    request.user = user
    tag = Template("{% load joinchat %}{% joinchat_connection %}")
    html = tag.render(RequestContext(request))
    assert english_on(html, NAMES) == []
    assert ("Messenger：自 2026年5月3日 起已连接" in html) is is_linked


def test_the_preview_of_a_receipt_is_in_chinese() -> None:
    receipt = {
        "template_type": "receipt",
        "recipient_name": "小琳",
        "order_number": "7",
        "currency": "CNY",
        "payment_method": "支付宝",
        "timestamp": "1777777777",
        "summary": {"subtotal": 1234.5, "total_cost": 1234.5},
    }
    html = render_message(receipt)
    assert english_on(html, NAMES | {"CN"}) == []
    assert "2026年5月" in html
    assert "CN¥1,234.50" in html
    with translation.override("de"):
        assert "CN¥1.234,50" in render_message(receipt)


def test_the_inbox_of_the_sandbox_is_in_the_language_of_the_site() -> None:
    with SandboxServer(page_id=1, api_secret="a") as sandbox:
        with urllib.request.urlopen(sandbox.url) as response:
            page = response.read().decode()
        assert 'lang="zh-hans"' in page
        assert english_on(page, NAMES | SANDBOX_NAMES) == []
