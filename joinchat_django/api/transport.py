"""HTTP for the client: requests' pooled, TLS-verified connections, with one deadline for a call."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from .errors import ConnectionFailed, DeliveryUncertain
from .timely import OutgoingBody, timely

#: How the libraries below say that a call failed; the last two mean a malformed chunk or address.
_FAILURES = (HTTPError, OSError, http.client.HTTPException, ValueError, OverflowError)


@dataclass(frozen=True)
class RawAnswer:
    """An answer as it came: status, at most ``bound`` bytes of its content, ``Retry-After``.

    Its repr shows the status alone: the rest may repeat the signature.
    """

    status: int
    content: bytes = field(repr=False)
    retry_after: str | None = field(default=None, repr=False)


class Transport(HTTPAdapter):
    """Posts bodies to one URL over keep-alive connections. Safe to share among threads.

    ``proxies`` maps schemes to proxy URLs as requests does; None reads the environment once.
    ``ca_bundle`` is a file or folder of certificates to trust instead of requests' own.
    """

    def __init__(
        self,
        url: str,
        *,
        connect_timeout: float,
        pool_size: int,
        proxies: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
    ) -> None:
        super().__init__(pool_connections=1, pool_maxsize=pool_size, max_retries=0)
        self.url = url
        self.connect_timeout = connect_timeout
        self._proxies = get_environ_proxies(url) if proxies is None else dict(proxies)
        self._verify: bool | str = ca_bundle or True
        self._pool: HTTPConnectionPool | None = None
        self._opening = threading.Lock()
        self._target = self._host = ""

    def post(
        self,
        body: bytes,
        headers: Mapping[str, str],
        *,
        deadline: float,
        bound: int,
        scrub: Callable[[str], str] = str,
    ) -> RawAnswer:
        """Post the bytes and return the answer, all within ``deadline`` seconds.

        Follows no redirect, and reads at most ``bound`` bytes of the answer's content. ``scrub``
        takes out of an error's text what nobody may see. Raises ``ConnectionFailed`` if nothing
        of the body was sent, else ``DeliveryUncertain``.
        """
        outgoing = OutgoingBody(body, time.monotonic() + deadline)
        try:
            return self._exchange(outgoing, headers, deadline, bound)
        except _FAILURES as error:
            reason = scrub(_reason(error))[:300]
        # Raised out here, without the error as its cause: that one's frames hold the headers with
        # the signature, and its text may repeat what the peer sent.
        if outgoing.asked_for:
            raise DeliveryUncertain(
                f"No whole answer came from {public_url(self.url)} ({reason}). The message may "
                "have been delivered."
            )
        raise ConnectionFailed(
            f"Could not connect to {public_url(self.url)} ({reason}). Nothing was sent."
        )

    def _exchange(
        self, outgoing: OutgoingBody, headers: Mapping[str, str], deadline: float, bound: int
    ) -> RawAnswer:
        response = self._open_pool().urlopen(
            "POST",
            self._target,
            body=outgoing,
            headers={"Host": self._host, **headers, "Content-Length": str(len(outgoing.content))},
            timeout=Timeout(total=deadline, connect=min(self.connect_timeout, deadline)),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            content = response.read(bound + 1)
            missing = response.length_remaining or 0
            if len(content) <= bound and missing > 0:  # Less than 0: a 204 that has content.
                raise http.client.IncompleteRead(content, missing)
        except _FAILURES:
            response.close()
            if 200 <= response.status < 300:
                raise
            content = b""  # A refusal is known by its status, whole or not.
        if len(content) > bound:
            response.close()
        else:
            response.release_conn()
        return RawAnswer(response.status, content[:bound], response.headers.get("Retry-After"))

    def close(self) -> None:
        """Close the idle connections; the next post opens new ones."""
        with self._opening:
            self._pool = None
            super().close()

    def _open_pool(self) -> HTTPConnectionPool:
        """Return the connections to the URL, set up by requests once: TLS, proxies, sizes."""
        opened = self._pool  # Read once: whoever closes the client takes it away.
        if opened:
            return opened
        with self._opening:
            opened = self._pool
            if opened:
                return opened
            request = requests.Request("POST", self.url).prepare()
            try:
                pool: Any = self.get_connection_with_tls_context(
                    request, self._verify, proxies=self._proxies
                )
                self._target = self.request_url(request, self._proxies)
            except requests.exceptions.InvalidSchema:
                raise OSError("a SOCKS proxy needs PySocks: install requests[socks]") from None
            except Exception:
                if not self._proxies:
                    raise
                # Without the error's own words, which quote the URL and its password.
                raise OSError("the proxy's URL cannot be read; correct it") from None
            self.cert_verify(pool, self.url, self._verify, None)
            pool.ConnectionCls = timely(pool.ConnectionCls)
            self._host = _host_of(request.url or "")
            made: HTTPConnectionPool = pool
            self._pool = made
            return made


def proxy_of(url: str, proxies: Mapping[str, Any] | None) -> str | None:
    """Return the URL of the proxy that calls go through, chosen and read as requests does it.

    ``proxies`` are those of :class:`Transport`. Raises ``ValueError`` for what cannot be read.
    """
    given = get_environ_proxies(url) if proxies is None else dict(proxies)
    chosen = select_proxy(requests.Request("POST", url).prepare().url or "", given)
    try:
        return prepend_scheme_if_needed(str(chosen), "http") if chosen else None
    except TypeError:  # A password and no host.
        raise ValueError("the proxy's URL has no host") from None


def public_url(url: str) -> str:
    """Return a URL without what may be secret in it: name, password, query."""
    parts = urlsplit(url)
    query = "…" if parts.query else ""
    netloc = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=netloc, query=query, fragment="").geturl()


def _host_of(url: str) -> str:
    """Return what ``Host`` says of a URL: its host, and its port if it is not the usual one."""
    parts = urlsplit(url)
    usual = {"http": ":80", "https": ":443"}[parts.scheme]
    return parts.netloc.rpartition("@")[2].removesuffix(usual)


def _reason(error: BaseException) -> str:
    """Say what went wrong in a few words, without the object that urllib3 puts in front."""
    text = str(error).rsplit("object at 0x", 1)[-1].partition(">: ")[2] or str(error)
    return text or type(error).__name__
