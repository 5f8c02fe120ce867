"""HTTP for the client: requests' pooled, TLS-verified connections, with one deadline for a call."""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from .errors import ConnectionFailed, DeliveryUncertain

#: Bytes of an answer that are read in all, with its headers and whatever lengths it claims.
READ_BOUND = 512 * 1024

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
        self._target = ""

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
        outgoing = _OutgoingBody(body, time.monotonic() + deadline)
        try:
            return self._exchange(outgoing, headers, deadline, bound)
        except _FAILURES as error:
            reason = scrub(_reason(error))[:300]
        # Raised out here, without the error as its cause: that one's frames hold the headers with
        # the signature, and its text may repeat what the peer sent.
        if outgoing.asked_for:
            raise DeliveryUncertain(
                f"No whole answer came from {self.url} ({reason}). The message may have been "
                "delivered."
            )
        raise ConnectionFailed(f"Could not connect to {self.url} ({reason}). Nothing was sent.")

    def _exchange(
        self, outgoing: _OutgoingBody, headers: Mapping[str, str], deadline: float, bound: int
    ) -> RawAnswer:
        response = self._open_pool().urlopen(
            "POST",
            self._target,
            body=outgoing,
            headers={**headers, "Content-Length": str(len(outgoing))},
            timeout=Timeout(total=deadline, connect=min(self.connect_timeout, deadline)),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            content = response.read(bound + 1)
            if len(content) <= bound and response.length_remaining:
                raise http.client.IncompleteRead(content, response.length_remaining)
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
        self._pool = None
        super().close()

    def _open_pool(self) -> HTTPConnectionPool:
        """Return the connections to the URL, set up by requests once: TLS, proxies, sizes."""
        if self._pool is None:
            request = requests.Request("POST", self.url).prepare()
            pool: Any = self.get_connection_with_tls_context(
                request, self._verify, proxies=self._proxies
            )
            self.cert_verify(pool, self.url, self._verify, None)
            kind = pool.ConnectionCls
            pool.ConnectionCls = type(kind.__name__, (kind,), {"response_class": _TimelyResponse})
            self._target = self.request_url(request, self._proxies)
            self._pool = pool
        return self._pool


class _OutgoingBody:
    """A request's body that remembers whether it was asked for, so that something may have left.

    It is not given out after ``end``, by the monotonic clock: resolving a name has no time limit,
    and reaching one of several addresses has one for each.
    """

    def __init__(self, content: bytes, end: float) -> None:
        self._content = content
        self._end = end
        self.asked_for = False

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[bytes]:
        if time.monotonic() >= self._end:
            raise TimeoutError("the deadline passed while connecting")
        self.asked_for = True
        yield self._content


class _TimelyResponse(http.client.HTTPResponse):
    """A response whose socket's time-out is the time left for all of it, not for each read."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(_TimelySocket(sock), *args, **kwargs)  # type: ignore[arg-type]

    def begin(self) -> None:
        super().begin()
        while 101 < self.status < 200:  # 103 Early Hints and the like: the answer follows.
            self.headers = None  # type: ignore[assignment]
            super().begin()
        if 200 <= self.status < 300 and self.fp.raw.ended:  # type: ignore[attr-defined]
            raise http.client.IncompleteRead(b"")  # http.client takes cut off headers for whole.
        # urllib3 would log what it cannot parse, and a peer may repeat the signature there.
        self.headers.defects.clear()
        self.headers.set_payload("")


class _TimelySocket:
    """As much of a socket as ``HTTPResponse`` uses: the file to read from."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimelyReader(self._sock))


class _TimelyReader(io.RawIOBase):
    """Reads at most ``READ_BOUND`` bytes, until the time-out that the socket had has passed."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._end = time.monotonic() + (sock.gettimeout() or 0.0)
        self._allowed = READ_BOUND
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline passed while the answer was being read")
        if self._allowed <= 0:
            raise OSError("the answer does not end")
        self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        self._allowed -= count or 0
        self.ended = count == 0
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def _reason(error: BaseException) -> str:
    """Say what went wrong in a few words, without the object that urllib3 puts in front."""
    text = str(error).rsplit("object at 0x", 1)[-1].partition(">: ")[2] or str(error)
    return text or type(error).__name__
