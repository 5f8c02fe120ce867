"""The way to the server where a proxy stands in between."""

from __future__ import annotations

import gc
import warnings

import pytest

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
