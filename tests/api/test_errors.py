"""The errors as a caller meets them: copied, pickled, caught, and without anything secret."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import logging
import pickle
from typing import Any
from urllib.parse import quote

import pytest

from joinchat_django.api import (
    Client,
    ConnectionFailed,
    DeliveryUncertain,
    InvalidMessage,
    JoinChatError,
    Problem,
    Recipient,
    Rejected,
    ServiceUnavailable,
    Text,
    Unauthorized,
)
from tests.servers import Answer, Connection, LoopbackServer, Request, free_port, replying

from .clients import SECRET, client_of
from .tracebacks import everything_shown

each = pytest.mark.parametrize
ERRORS = [
    ConnectionFailed("refused"),
    ServiceUnavailable("later", status=429, answer="slow down", retry_after=12.5),
    DeliveryUncertain("reset"),
    Unauthorized("wrong", status=401, answer="no"),
    Rejected("no such user", status=200, answer='{"success":false}'),
    InvalidMessage([Problem("elements[2].title", "must not be empty"), Problem("", "x", "y")]),
]


@each("error", ERRORS, ids=lambda error: type(error).__name__)
@each("duplicate", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_survives_copying_and_pickling(error: JoinChatError, duplicate: Any) -> None:
    twin = duplicate(error)
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)
    assert isinstance(twin, JoinChatError)


def test_an_error_is_also_the_builtin_that_one_would_catch() -> None:
    assert issubclass(ConnectionFailed, ConnectionError)
    assert issubclass(InvalidMessage, ValueError)


# Nothing secret in an error, a log or a traceback, whatever the server sends back.


def signature_of(body: bytes) -> str:
    return base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()


def signature_in(request: Request) -> str:
    signature = signature_of(request.body)
    assert request.values("x-joinchat-signature") == [signature]
    return signature


def spelled_for_url(text: str) -> str:
    return quote(text, safe="")


def spelled_by_php(text: str) -> str:
    return json.dumps(text)[1:-1].replace("/", r"\/")


def spelled_by_dotnet(text: str) -> str:
    return "".join(c if c.isalnum() else f"\\u{ord(c):04X}" for c in text)


SPELLINGS: list[Any] = [str, spelled_by_php, spelled_by_dotnet, spelled_for_url]


def echoing(template: str, spelled: Any = str) -> Answer:
    """Answer with a text in which {hidden} is the signature and the secret."""

    def answer(request: Request, connection: Connection) -> None:
        hidden = spelled(f"{signature_in(request)} {SECRET}")
        content = template.replace("{hidden}", hidden)
        connection.send(content.replace("{length}", str(len(content))).encode())
        connection.close()

    return answer


def assert_nothing_hidden_in(shown: str, server: LoopbackServer) -> None:
    hidden = [SECRET, *map(signature_in, server.requests)]
    for text in hidden:
        for spelled in SPELLINGS:
            assert spelled(text) not in shown
            assert repr(spelled(text))[1:-1] not in shown


@each("spelled", SPELLINGS)
@each("status", ["200 OK", "401 Unauthorized", "422 Unprocessable", "503 Unavailable"])
@each(
    "content",
    [
        '{"success":false,"errors":{"message":"expected {hidden}"}}',
        '{"success":false,"errors":{"headers":["{hidden}"]}}',
        "got {hidden}, which is wrong",
    ],
)
def test_an_answer_that_repeats_what_is_secret_is_kept_without_it(
    status: str, content: str, spelled: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = echoing(f"HTTP/1.1 {status}\r\n\r\n{content}", spelled)
    shown = kept = ""
    with LoopbackServer(answer) as server, client_of(server) as client:
        try:
            result = client.send(Recipient(uuid="1"), Text("x"))
            shown, kept = repr(result), result.answer
        except JoinChatError as error:
            shown, kept = everything_shown(error), error.answer
        assert_nothing_hidden_in(shown + caplog.text, server)
    assert "[removed]" in kept


@each(
    "content",
    [
        "{hidden}\r\n\r\n",
        "HTTP/1.1 {hidden}\r\n\r\n",
        "HTTP/1.1 200 {hidden}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnot a header {hidden}\r\nx: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\n{hidden}\r\n\r\n",
        "HTTP/1.1 200 OK\r\n {hidden}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: {hidden}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{hidden}\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /{hidden}\r\n\r\n",
        "HTTP/1.1 503 No\r\nRetry-After: {hidden}\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{hidden}",
    ],
)
def test_nonsense_that_repeats_what_is_secret_is_not_shown_or_logged(
    content: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with LoopbackServer(echoing(content)) as server, client_of(server) as client:
        try:
            shown = repr(client.send(Recipient(uuid="1"), Text("x")))
        except JoinChatError as error:
            shown = everything_shown(error)
        assert_nothing_hidden_in(shown + caplog.text, server)
    assert "POST" in caplog.text or "Starting new HTTP connection" in caplog.text


def test_a_refused_connection_shows_neither_secret_nor_signature() -> None:
    body = b'{"page_id":1}'
    url = f"http://127.0.0.1:{free_port()}/"
    client = Client(page_id=1, api_secret=SECRET, api_url=url, proxies={})
    with client, pytest.raises(ConnectionFailed) as failed:
        client.post(body)
    shown = everything_shown(failed.value)
    assert "page_id" in shown  # The locals are there, then.
    assert signature_of(body) not in shown
    assert SECRET not in shown


def test_an_answer_in_another_encoding_hides_nothing() -> None:
    def answer(request: Request, connection: Connection) -> None:
        content = f"got {signature_in(request)} {SECRET}".encode("utf-16")
        connection.reply(content, "400 Bad")

    with LoopbackServer(answer) as server, client_of(server) as client:
        with pytest.raises(Rejected) as refused:
            client.send(Recipient(uuid="1"), Text("x"))
        assert_nothing_hidden_in(refused.value.answer.replace("\0", ""), server)


def test_a_secret_that_is_a_word_of_the_answer_does_not_change_its_meaning() -> None:
    with LoopbackServer(replying('{"success":false,"error":"no success"}')) as server:
        client = Client(page_id=1, api_secret="success", api_url=server.url, proxies={})
        with client, pytest.raises(Rejected) as refused:
            client.send(Recipient(uuid="1"), Text("x"))
    assert "success" not in str(refused.value) + refused.value.answer


def test_what_is_secret_in_the_url_is_not_in_an_error_or_a_repr() -> None:
    url = f"http://lin:5esame@127.0.0.1:{free_port()}/api?token=5esame"
    with Client(page_id=1, api_secret=SECRET, api_url=url, proxies={}) as client:
        with pytest.raises(ConnectionFailed, match=r"/api\?…") as failed:
            client.post(b"{}")
        assert "5esame" not in str(failed.value) + repr(client)
    with LoopbackServer(lambda _request, connection: connection.close()) as server:
        url = server.url.replace("//", "//lin:5esame@")
        with Client(page_id=1, api_secret=SECRET, api_url=url, proxies={}) as client:
            with pytest.raises(DeliveryUncertain) as lost:
                client.post(b"{}")
            assert "5esame" not in str(lost.value)
