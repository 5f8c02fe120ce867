"""The signed client of JoinChat's Send API (contract, "Request" and "Response")."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from urllib.parse import urlsplit

from .answers import ANSWER_BOUND, SendResult, read_answer, seconds_to_wait
from .envelopes import Envelope
from .errors import ConnectionFailed
from .messages import Message
from .recipients import Recipient
from .signing import MaskedText, Signer
from .transport import Transport, public_url

API_URL = "https://joinchat.ai/api/send_message"

#: Many servers drop a header name with underscores, so both spellings go out.
SIGNATURE_HEADERS = ("x_joinchat_signature", "x-joinchat-signature")

#: Seconds that a call may take at most, whatever it is told: a day.
LONGEST_DEADLINE = 86_400

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def are_header_names(names: Sequence[str]) -> bool:
    """Tell whether these are names of HTTP headers, one at least."""
    return bool(names) and all(map(_TOKEN.fullmatch, names))


class Client:
    """Sends messages for one bot. Safe to share among threads; keeps its connections open.

    ``page_id`` and ``api_secret`` are the bot's, from Settings → API in JoinChat's console.
    ``deadline`` is the most seconds that a call may take, from connecting to the answer's last
    byte, ``connect_timeout`` the most for reaching one of the server's addresses. Every name in
    ``signature_headers`` carries the signature. ``extra_tags`` are allowed besides the 17 of
    ``MessageTag``. ``pool_size`` is how many connections stay open. Raises ``TypeError`` or
    ``ValueError`` for an argument that cannot be right.
    """

    def __init__(
        self,
        *,
        page_id: int,
        api_secret: str,
        api_url: str = API_URL,
        connect_timeout: float = 3.0,
        deadline: float = 15.0,
        signature_headers: Iterable[str] = SIGNATURE_HEADERS,
        extra_tags: Iterable[str] = (),
        proxies: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
        pool_size: int = 10,
    ) -> None:
        self.page_id = page_id
        self.api_url = api_url
        try:
            self._signer = Signer(api_secret)
        finally:
            del api_secret  # A traceback that shows locals must not find it in a frame of ours.
        if isinstance(page_id, bool) or not isinstance(page_id, int):
            raise TypeError("page_id must be an integer: the page that the bot is bound to.")
        _check_url(api_url)
        for seconds in (connect_timeout, deadline):
            if not 0 < seconds <= LONGEST_DEADLINE:
                raise ValueError(
                    "connect_timeout and deadline must be more than 0 seconds and at most "
                    f"{LONGEST_DEADLINE}."
                )
        self.deadline = deadline
        self.extra_tags: tuple[str, ...] = _words("extra_tags", extra_tags)
        self.signature_headers: tuple[str, ...] = _words("signature_headers", signature_headers)
        if not are_header_names(self.signature_headers):
            raise ValueError("signature_headers must name one or more HTTP headers.")
        self._transport = Transport(
            api_url,
            connect_timeout=connect_timeout,
            pool_size=pool_size,
            proxies=proxies,
            ca_bundle=ca_bundle,
        )

    def __repr__(self) -> str:
        return f"<Client page_id={self.page_id} api_url={public_url(self.api_url)!r}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def send(
        self,
        recipient: Recipient,
        message: Message,
        *,
        tag: str | None = None,
        delay: int | None = None,
        deadline: float | None = None,
    ) -> SendResult:
        """Deliver one message and return JoinChat's answer.

        ``tag`` is a :class:`~joinchat_django.api.MessageTag` or one of ``extra_tags``, ``delay``
        0 to 10 seconds, ``deadline`` this call's own. Raises ``InvalidMessage`` before anything
        is sent, and one of the other errors of :mod:`joinchat_django.api` for what came back.
        """
        envelope = Envelope.seal(
            recipient, message, tag=tag, delay=delay, extra_tags=self.extra_tags
        )
        return self.post(envelope.body(self.page_id), deadline=deadline)

    async def asend(
        self,
        recipient: Recipient,
        message: Message,
        *,
        tag: str | None = None,
        delay: int | None = None,
        deadline: float | None = None,
    ) -> SendResult:
        """Do what :meth:`send` does, in a thread of the running loop's pool."""
        return await asyncio.to_thread(
            self.send, recipient, message, tag=tag, delay=delay, deadline=deadline
        )

    def post(self, body: bytes, *, deadline: float | None = None) -> SendResult:
        """Sign and send the bytes of a whole request, and read the answer by the contract's table.

        Raises what :meth:`send` raises, save ``InvalidMessage``.
        """
        seconds = self.deadline if deadline is None else min(deadline, LONGEST_DEADLINE)
        if not seconds > 0:
            raise ConnectionFailed("The deadline left no time for a call. Nothing was sent.")
        signature = MaskedText(self._signer.sign(body))
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "joinchat-django",
            **dict.fromkeys(self.signature_headers, signature),
        }
        scrub = functools.partial(self._signer.scrub, signature=signature)
        raw = self._transport.post(body, headers, deadline=seconds, bound=ANSWER_BOUND, scrub=scrub)
        return read_answer(
            raw.status,
            raw.content.decode("utf-8", "replace"),
            seconds_to_wait(raw.retry_after),
            scrub=scrub,
        )

    def close(self) -> None:
        """Close the idle connections. The client can still be used: it opens new ones."""
        self._transport.close()


def _check_url(url: str) -> None:
    # Without the URL and what the library says of it: both may quote a password.
    if not is_api_url(url):
        raise ValueError(
            "api_url must be an absolute http or https URL. In a name or password write @ as %40, "
            "/ as %2F, # as %23 and ? as %3F."
        )


def is_api_url(url: str) -> bool:
    """Tell whether this is an http or https URL that calls can go to.

    Not with an ``@`` behind the host: then it is a part of a password that was not quoted.
    """
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_whole and "@" not in parts.path + parts.query + parts.fragment


def _words(name: str, words: Iterable[str]) -> tuple[str, ...]:
    """Return the words as a tuple. A single text is a slip: it would count letter by letter."""
    listed = () if isinstance(words, str) else tuple(words)
    if isinstance(words, str) or not all(isinstance(word, str) for word in listed):
        raise TypeError(f"{name} must be a list of texts.")
    return listed
