"""The way to the server where a proxy stands in between."""

from __future__ import annotations

import gc
import warnings
from typing import Any

import pytest

from joinchat_django.api import Client, ConnectionFailed
from joinchat_django.api.connection import check_connection
from tests.servers import LoopbackServer, free_port

from .probes import answering, check


def test_a_proxy_is_gone_through_as_in_a_call() -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    with LoopbackServer(answering()) as proxy:
        report = check(url, proxies={"http": f"http://me:pa55word@{proxy.place}"})
    assert report.ok
    assert report.proxy == proxy.place
    assert "pa55word" not in repr(report)
    [request] = proxy.requests
    assert request.line == f"HEAD {url} HTTP/1.1"
    assert request.values("Proxy-Authorization")


def test_a_proxy_that_is_not_there_is_named() -> None:
    port = free_port()
    for scheme in ("http", "https"):
        proxies = {scheme: f"http://me:pa55word@127.0.0.1:{port}"}
        report = check(f"{scheme}://joinchat.example/", proxies=proxies)
        assert f"Connections to the proxy 127.0.0.1:{port} are refused" in report.error
        assert "pa55word" not in repr(report)


def test_a_proxy_that_wants_a_password_says_so() -> None:
    with LoopbackServer(answering(407)) as proxy:
        for scheme in ("http", "https"):
            proxies = {scheme: f"http://{proxy.place}"}
            report = check(f"{scheme}://joinchat.example/", proxies=proxies)
            assert not report.ok
            assert "407" in report.error
    with warnings.catch_warnings():
        # http.client's tunnel, which urllib3 1.26 takes, leaves the answer that refuses it open.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.parametrize("proxy", ["http://me:pa55/word@127.0.0.1:9", "http://me:pa55word@["])
def test_a_proxy_url_that_cannot_be_read_keeps_its_password(proxy: str) -> None:
    report = check("http://joinchat.example/", proxies={"http": proxy})
    assert "proxy's URL cannot be read" in report.error
    assert "pa55" not in repr(report)


@pytest.mark.parametrize("spelling", ["{place}", "//{place}", "HTTP://{place}", "1:a@{place}"])
def test_a_proxy_is_read_as_in_a_call(spelling: str) -> None:
    url = "http://joinchat.example/"
    with LoopbackServer(answering(200)) as proxy:
        proxies = {"all": spelling.format(place=proxy.place)}
        report = check(url, proxies=proxies)
        with Client(page_id=1, api_secret="hunter2", api_url=url, proxies=proxies) as client:
            assert client.post(b"{}").status == 200
    assert report.ok
    assert report.proxy == proxy.place
    assert [request.line for request in proxy.requests] == [
        f"HEAD {url} HTTP/1.1",
        f"POST {url} HTTP/1.1",
    ]


@pytest.mark.parametrize("proxy", ["localhost:9", "me:pa55word@127.0.0.1:9", "http://", "a://b"])
def test_a_proxy_that_no_call_can_go_through_is_not_tried_either(proxy: str) -> None:
    options: Any = {"api_url": "http://joinchat.example/", "proxies": {"http": proxy}}
    report = check_connection(**options)
    assert "proxy's URL cannot be read" in report.error
    assert (report.proxy, report.addresses) == (None, ())
    with (
        Client(page_id=1, api_secret="hunter2", **options) as client,
        pytest.raises(ConnectionFailed, match="proxy's URL cannot be read"),
    ):
        client.post(b"{}")


def test_a_proxy_is_chosen_as_in_a_call() -> None:
    with LoopbackServer(answering()) as proxy:
        proxies = {"http://xn--bcher-kva.example": f"http://{proxy.place}"}
        assert check("http://Bücher.example/", proxies=proxies).proxy == proxy.place
        assert proxy.requests
