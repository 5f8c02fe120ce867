"""The client on the wire: what it sends, over which connections, and what it leaves alone."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

from joinchat_django.api import (
    Client,
    ConnectionFailed,
    Envelope,
    InvalidMessage,
    MessageTag,
    Recipient,
    Rejected,
    SendResult,
    Text,
    Unauthorized,
    verify,
)
from tests.servers import LoopbackServer, free_port, replying

from .clients import SECRET, client_of
from .examples import FULL

each = pytest.mark.parametrize
SPELLINGS = ("x_joinchat_signature", "x-joinchat-signature")
MEI = Recipient(uuid="小琳")


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server that accepts everything."""
    with LoopbackServer(replying('{"success":true}')) as running:
        yield running


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Threads that take turns so often that they meet wherever they may."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_a_message_is_one_signed_post_of_utf_8_json(server: LoopbackServer) -> None:
    with client_of(server) as client:
        result = client.send(MEI, FULL["text"], tag=MessageTag.ACCOUNT_UPDATE, delay=1)
    assert result == SendResult(200, '{"success":true}')
    (request,) = server.requests
    assert request.line == "POST /api/send_message HTTP/1.1"
    assert request.values("Content-Type") == ["application/json"]
    assert request.values("Content-Length") == [str(len(request.body))]
    assert request.values("Host") == [f"127.0.0.1:{server.port}"]
    assert request.body == Envelope.seal(MEI, FULL["text"], tag="ACCOUNT_UPDATE", delay=1).body(
        12345
    )
    assert "小琳" in request.body.decode("utf-8")


@each("kind", FULL)
def test_both_spellings_of_the_header_carry_the_signature_of_the_very_bytes_sent(
    server: LoopbackServer, kind: str
) -> None:
    with client_of(server) as client:
        client.send(MEI, FULL[kind])
    (request,) = server.requests
    digest = hmac.new(SECRET.encode(), request.body, hashlib.sha256).digest()
    expected = base64.b64encode(digest).decode()
    for spelling in SPELLINGS:
        assert request.values(spelling) == [expected]
    assert verify(SECRET, request.body, expected)


@each("names", [[name] for name in (*SPELLINGS, "X-Signature")])
def test_the_headers_that_carry_the_signature_can_be_chosen(
    server: LoopbackServer, names: list[str]
) -> None:
    with client_of(server, signature_headers=names) as client:
        client.send(MEI, Text("x"))
    (request,) = server.requests
    signature = request.values(names[0])[0]
    assert verify(SECRET, request.body, signature)
    assert [name for name, value in request.headers if value == signature] == names


def test_the_bytes_of_a_whole_request_go_out_as_they_are(server: LoopbackServer) -> None:
    body = b'{ "page_id" : 1,\n "other":"\\u4f60\xe5\xa5\xbd" }'
    with client_of(server) as client:
        client.post(body)
    assert server.requests[0].body == body
    assert verify(SECRET, body, server.requests[0].values(SPELLINGS[0])[0])


def test_one_connection_serves_one_send_after_the_other(server: LoopbackServer) -> None:
    with client_of(server) as client:
        for number in range(20):
            client.send(MEI, Text(str(number)))
    assert len(server.requests) == 20
    assert len(server.connections) == 1


def test_a_refusal_keeps_the_connection_too() -> None:
    with LoopbackServer(replying('{"success":false}', "401 Unauthorized")) as server:
        with client_of(server) as client:
            for _ in range(3):
                with pytest.raises(Unauthorized):
                    client.send(MEI, Text("x"))
        assert len(server.connections) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_replaced() -> None:
    closed = threading.Semaphore(0)

    def answer_and_close(_request: Any, connection: Any) -> None:
        connection.reply("{}")
        connection.close()
        closed.release()

    with LoopbackServer(answer_and_close) as server, client_of(server) as client:
        for _ in range(3):
            client.send(MEI, Text("x"))
            assert closed.acquire(timeout=10)
        assert len(server.connections) == 3


def test_a_closed_client_opens_new_connections(server: LoopbackServer) -> None:
    client = client_of(server)
    for _ in range(2):
        client.send(MEI, Text("x"))
        client.close()
    assert len(server.connections) == 2


def test_eight_threads_share_a_client(server: LoopbackServer) -> None:
    def send(client: Client, thread: int) -> None:
        for number in range(25):
            results.append(client.send(MEI, Text(f"{thread}-{number}")))

    results: list[SendResult] = []
    with client_of(server) as client:
        threads = [threading.Thread(target=send, args=(client, number)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [SendResult(200, '{"success":true}')] * 200
    assert len({request.body for request in server.requests}) == 200
    assert len(server.connections) <= 8
    for request in server.requests:
        assert verify(SECRET, request.body, request.values(SPELLINGS[0])[0])


def test_the_first_calls_of_a_client_may_be_made_at_once(
    server: LoopbackServer, quick_switches: None
) -> None:
    def send(client: Client, together: threading.Barrier) -> None:
        together.wait(timeout=10)
        results.append(client.send(MEI, Text("x")))

    results: list[SendResult] = []
    for _ in range(20):
        together = threading.Barrier(4)
        with client_of(server) as client:
            threads = [
                threading.Thread(target=send, args=(client, together)) for _number in range(4)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert len(results) == 80


def test_a_message_is_sent_from_asynchronous_code(server: LoopbackServer) -> None:
    async def send_three() -> list[SendResult]:
        sends = [client.asend(MEI, Text(str(n)), tag="ACCOUNT_UPDATE", delay=n) for n in range(3)]
        return await asyncio.gather(*sends)

    with client_of(server) as client:
        assert [result.status for result in asyncio.run(send_three())] == [200] * 3
        with pytest.raises(InvalidMessage):
            asyncio.run(client.asend(MEI, Text("x"), delay=11))
    assert len(server.requests) == 3


@each("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_signed_body_is_not_sent_to_another_address(server: LoopbackServer, status: str) -> None:
    redirecting = replying("", status, f"Location: {server.url}")
    with LoopbackServer(redirecting) as first, client_of(first) as client:
        with pytest.raises(Rejected) as refused:
            client.send(MEI, Text("x"))
        assert refused.value.status == int(status[:3])
        assert len(first.requests) == 1
    assert not server.connections


@each(
    "wrong",
    [
        {"tag": "NEWS"},
        {"delay": 11},
        {"recipient": {"uuid": "1"}},
        {"message": {"template_type": "text", "text": "x"}},
        {"message": None},
    ],
    ids=str,
)
def test_nothing_is_sent_of_an_invalid_message(server: LoopbackServer, wrong: Any) -> None:
    with client_of(server) as client, pytest.raises(InvalidMessage):
        client.send(**{"recipient": MEI, "message": Text("x"), **wrong})
    assert not server.connections


def test_further_tags_of_the_site_are_allowed(server: LoopbackServer) -> None:
    with client_of(server, extra_tags=["HUMAN_AGENT"]) as client:
        client.send(MEI, Text("x"), tag="HUMAN_AGENT")
        with pytest.raises(InvalidMessage):
            client.send(MEI, Text("x"), tag="HUMAN")
    assert b'"tag":"HUMAN_AGENT"' in server.requests[0].body


@each(
    ("arguments", "said"),
    [
        ({"page_id": "1"}, "page_id must be an integer"),
        ({"page_id": True}, "page_id must be an integer"),
        ({"api_url": ""}, "absolute http or https URL"),
        ({"api_url": "joinchat.ai/api"}, "absolute http or https URL"),
        ({"api_url": "ftp://joinchat.ai/api"}, "absolute http or https URL"),
        ({"api_url": "https:///api"}, "absolute http or https URL"),
        ({"api_url": "https://joinchat.ai:99999/"}, "absolute http or https URL"),
        ({"api_url": "https://me:pa55word/x@joinchat.ai/"}, "write @ as %40"),
        ({"api_url": "https://me:1234#x@joinchat.ai/"}, "write @ as %40"),
        ({"deadline": 0}, "more than 0 seconds"),
        ({"deadline": float("nan")}, "more than 0 seconds"),
        ({"deadline": float("inf")}, "more than 0 seconds"),
        ({"connect_timeout": -1}, "more than 0 seconds"),
        ({"signature_headers": []}, "one or more HTTP headers"),
        ({"signature_headers": ["x y"]}, "one or more HTTP headers"),
        ({"signature_headers": ["x\r\ny"]}, "one or more HTTP headers"),
        ({"signature_headers": "x-joinchat-signature"}, "must be a list of texts"),
        ({"signature_headers": [5]}, "must be a list of texts"),
        ({"extra_tags": "HUMAN_AGENT"}, "must be a list of texts"),
    ],
    ids=str,
)
def test_an_argument_that_cannot_be_right_is_refused_at_once(arguments: Any, said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        Client(**{"page_id": 1, "api_secret": SECRET, **arguments})


def test_a_proxy_of_the_settings_is_used(server: LoopbackServer) -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    proxies = {"http": f"http://127.0.0.1:{server.port}"}
    with Client(page_id=1, api_secret=SECRET, api_url=url, proxies=proxies) as client:
        client.send(MEI, Text("x"))
    assert server.requests[0].line == f"POST {url} HTTP/1.1"


@pytest.mark.parametrize(
    "proxy",
    [
        "http://me:pa55word@proxy.example:99999",
        "http://me:pa55word#more@proxy.example",
        "http://me:pa55word/more@proxy.example",
        "http://me:pa55word@",
        1,
    ],
)
def test_a_proxy_that_cannot_be_read_is_said_without_its_password(proxy: Any) -> None:
    client = Client(page_id=1, api_secret=SECRET, proxies={"https": proxy}, connect_timeout=0.01)
    with client, pytest.raises(ConnectionFailed) as caught:
        client.post(b"{}")
    assert "pa55word" not in str(caught.value)
    assert "proxy" in str(caught.value)
    assert "Nothing was sent" in str(caught.value)


@pytest.mark.skipif(find_spec("socks") is not None, reason="PySocks is installed.")
def test_a_socks_proxy_says_what_it_needs() -> None:
    proxies = {"https": "socks5://me:pa55word@127.0.0.1:9"}
    client = Client(page_id=1, api_secret=SECRET, proxies=proxies)
    with client, pytest.raises(ConnectionFailed, match=r"install requests\[socks\]") as caught:
        client.post(b"{}")
    assert "pa55word" not in str(caught.value)
