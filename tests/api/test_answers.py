"""What JoinChat's answers mean: the contract's table, read over real connections."""

from __future__ import annotations

import email.utils
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api import (
    JoinChatError,
    Recipient,
    Rejected,
    SendResult,
    ServiceUnavailable,
    Text,
    Unauthorized,
)
from joinchat_django.api.answers import read_answer, seconds_to_wait
from tests.servers import LoopbackServer, replying, sending

from .clients import client_of

each = pytest.mark.parametrize
STATUSES_OF_REFUSALS = [
    *("300 Choices", "304 Not Modified", "400 Bad", "402 Pay", "404 Not Found", "409 Conflict"),
    *("410 Gone", "413 Too Large", "418 Teapot", "422 Unprocessable", "451 Legal", "499 Other"),
]
STATUSES_OF_TROUBLE = [
    *("408 Timeout", "425 Too Early", "429 Too Many", "500 Error", "501 No", "502 Bad Gateway"),
    *("503 Unavailable", "504 Timeout", "520 Other", "599 Other"),
]
REFUSAL = '{"success":false,"errors":{"message":"用户不存在 😀"}}'


def answer_to_a_message(content: bytes | str, status: str, *headers: str) -> SendResult:
    """Send a message to a server that answers so."""
    with LoopbackServer(replying(content, status, *headers)) as server, client_of(server) as client:
        return client.send(Recipient(uuid="1"), Text("x"))


@each("status", ["200 OK", "299 Other"])
@each(
    "content",
    [
        '{"success":true}',
        '{"success":true,"errors":{}}',
        '{"success":true,"error":"","errors":[]}',
        '{"success":1,"message_id":"a"}',
        '{"error":null}',
        "{}",
        "[]",
        "null",
        "",
        "OK",
        "<html>fine</html>",
        '{"success":false',
        b"\xff\xfe\x00",
        "好的 😀",
    ],
)
def test_an_answer_of_2xx_that_does_not_say_no_is_accepted(
    content: bytes | str, status: str
) -> None:
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    assert answer_to_a_message(content, status) == SendResult(
        int(status[:3]), text.replace("\0", "")
    )


def test_an_answer_without_content_is_accepted() -> None:
    assert answer_to_a_message("", "204 No Content") == SendResult(204, "")


def test_an_answer_without_content_that_has_some_is_whole() -> None:
    head = b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = sending(head + b"2\r\n{}\r\n0\r\n\r\n")
    with LoopbackServer(answer) as server, client_of(server) as client:
        assert client.send(Recipient(uuid="1"), Text("x")).status == 204


@each(
    ("content", "words"),
    [
        (REFUSAL, "用户不存在 😀"),
        ('{"success":false,"errors":{"msg":"no such user"}}', "no such user"),
        ('{"success":false,"errors":"no such user"}', "no such user"),
        ('{"success":false,"errors":["a","b"]}', '["a", "b"]'),
        ('{"success":false,"errors":{"uuid":"unknown"}}', '{"uuid": "unknown"}'),
        ('{"success":false,"error":"no such user"}', "no such user"),
        ('{"success":false,"msg":"no such user"}', "no such user"),
        ('{"success":false,"message":"no such user"}', "no such user"),
        ('{"success":false}', "no reason given"),
        ('{"success":true,"errors":{"message":"but no"}}', "but no"),
        ('{"errors":[5]}', "[5]"),
        ('{"error":true}', "true"),
        ('\ufeff{"success":false,"error":"behind a byte order mark"}', "behind a byte order mark"),
        (r'{"error":"a\u0000b\ud800c"}', "ab?c"),
    ],
)
@each("status", ["200 OK", "202 Accepted"])
def test_an_answer_of_2xx_that_says_no_is_a_rejection_with_its_words(
    content: str, words: str, status: str
) -> None:
    with pytest.raises(Rejected) as refused:
        answer_to_a_message(content, status)
    assert words in str(refused.value)
    assert refused.value.status == int(status[:3])
    assert refused.value.answer == content


@each("status", STATUSES_OF_REFUSALS)
def test_other_answers_of_3xx_and_4xx_are_rejections(status: str) -> None:
    with pytest.raises(Rejected) as refused:
        answer_to_a_message("" if status.startswith("304") else REFUSAL, status)
    assert refused.value.status == int(status[:3])
    assert status.startswith("304") or "用户不存在 😀" in str(refused.value)


@each("status", ["401 Unauthorized", "403 Forbidden"])
@each("content", ["", "not JSON", REFUSAL, '{"success":true}'])
def test_401_and_403_are_a_fault_of_the_set_up(content: str, status: str) -> None:
    with pytest.raises(Unauthorized, match="API_SECRET") as refused:
        answer_to_a_message(content, status)
    assert refused.value.status == int(status[:3])
    assert refused.value.answer == content


@each("status", STATUSES_OF_TROUBLE)
@each("content", ["<html>", '{"success":true}'])
def test_408_425_429_and_5xx_ask_to_try_again_later(content: str, status: str) -> None:
    with pytest.raises(ServiceUnavailable) as refused:
        answer_to_a_message(content, status)
    assert refused.value.status == int(status[:3])
    assert refused.value.answer == content
    assert refused.value.retry_after is None


@each("status", ["429 Too Many", "503 Unavailable"])
def test_the_wait_that_the_server_asks_for_is_kept(status: str) -> None:
    with pytest.raises(ServiceUnavailable) as refused:
        answer_to_a_message("", status, "Retry-After: 120")
    assert refused.value.retry_after == 120
    date = email.utils.formatdate(time.time() + 600, usegmt=True)
    with pytest.raises(ServiceUnavailable) as refused:
        answer_to_a_message("", status, f"retry-after: {date}")
    assert refused.value.retry_after == pytest.approx(600, abs=30)


@each(
    ("form", "seconds"),
    [
        ("0", 0),
        (" 30 ", 30),
        ("99999999999999", 999_999_999),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 999_999_999),
        ("Mon, 01 Jan 0001 00:00:00", 0),
        ("%a, %d %b %Y %H:%M:%S GMT", 3600),
        ("%a, %d %b %Y %H:%M:%S -0000", 3600),
        ("%A, %d-%b-%y %H:%M:%S GMT", 3600),
        ("%a %b %d %H:%M:%S %Y", 3600),
    ],
)
def test_a_wait_is_seconds_or_a_date_in_utc(
    form: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = time.strftime(form, time.gmtime(time.time() + 3600))
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert seconds_to_wait(value) == pytest.approx(seconds, abs=30)
    finally:
        monkeypatch.undo()
        time.tzset()


@each("value", [None, "", "soon", "-5", "1.5", "5, 10", "٣", "0x10", "Mon, 99 Foo 2020 00:00:00"])
def test_a_wait_that_says_nothing_usable_is_none(value: str | None) -> None:
    assert seconds_to_wait(value) is None


#: What the bytes of an answer may be read as.
texts = st.text() | st.binary(max_size=40).map(lambda junk: junk.decode("latin-1"))


@given(texts | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,5} [0-9:+-]*"))
def test_any_wait_is_a_number_of_seconds_or_none(value: str) -> None:
    seconds = seconds_to_wait(value)
    assert seconds is None or 0 <= seconds <= 999_999_999


def test_what_is_kept_of_an_answer_is_bounded() -> None:
    assert len(answer_to_a_message("x" * 60_000, "200 OK").answer) == 2000
    with pytest.raises(Rejected) as refused:
        answer_to_a_message(json.dumps({"error": "x" * 60_000}), "400 Bad")
    assert len(refused.value.answer) == 2000
    assert len(str(refused.value)) < 600


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
objects = st.dictionaries(
    st.sampled_from(["success", "error", "errors", "message", "msg"]), json_values
)


@given(st.integers(200, 999), texts | st.builds(json.dumps, objects))
def test_any_answer_is_a_result_or_an_error_of_the_family(status: int, text: str) -> None:
    error: Any = None
    try:
        result = read_answer(status, text)
    except JoinChatError as raised:
        error = raised
    if error is None:
        assert 200 <= status < 300
        assert result.status == status
    else:
        assert error.status == status
        assert "\0" not in str(error)
        assert str(error).encode()


@each("depth", [100, 900, 50_000])
def test_an_answer_nested_too_deep_to_read_breaks_nothing(depth: int) -> None:
    with pytest.raises(JoinChatError):
        read_answer(400, '{"error":' + "[" * depth + "]" * depth + "}")
