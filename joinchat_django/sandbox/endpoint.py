"""``POST /api/send_message``: from the headers and bytes of a request to an answer.

It knows nothing of sockets. It fails closed: only a request that passed every check is accepted,
and whatever goes wrong on the way is an answer of 500 and a refused request in the inbox.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from email.message import Message
from typing import Any

from joinchat_django.api.signing import verify

from .contract import NotAnObject, check_request, read_body
from .store import Inbox, Received

logger = logging.getLogger(__name__)

SIGNATURE_HEADERS = ("x_joinchat_signature", "x-joinchat-signature")


class _Refusal(Exception):
    def __init__(self, status: int, *reasons: str) -> None:
        super().__init__(*reasons)
        self.status = status
        self.reasons = list(reasons)


class SendMessageEndpoint:
    """Checks requests with one bot's page id and secret and puts them into an inbox."""

    def __init__(
        self, *, page_id: int, api_secret: str, inbox: Inbox, extra_tags: Collection[str] = ()
    ) -> None:
        self._page_id = page_id
        self._api_secret = api_secret
        self._inbox = inbox
        self._extra_tags = tuple(extra_tags)

    def receive(self, headers: Message, body: bytes) -> Received:
        """Check a request in full, put it into the inbox, accepted or refused, and return it."""
        payload: dict[str, Any] | None = None
        try:
            payload, not_json = _read(body)
            self._check(headers, body, payload, not_json)
            # A check that returns has found nothing: this line alone accepts.
            return self._inbox.accept(payload or {}, size=len(body))
        except _Refusal as refusal:
            status, reasons = refusal.status, refusal.reasons
        except Exception:
            logger.exception("The sandbox failed while it checked a request.")
            status = 500
            reasons = ["the sandbox failed while it checked this request; see its log"]
        return self._inbox.refuse(status, reasons, payload, size=len(body))

    def refuse(self, status: int, reason: str) -> Received:
        """Record a request that was refused before its body was read."""
        return self._inbox.refuse(status, [reason], None)

    def _check(
        self, headers: Message, body: bytes, payload: dict[str, Any] | None, not_json: str
    ) -> None:
        signature = _signature_of(headers)
        if not verify(self._api_secret, body, signature):
            raise _Refusal(401, _why_unverified(signature))
        if payload is None:
            raise _Refusal(400, not_json)
        page_id = payload.get("page_id")
        if type(page_id) is int and page_id != self._page_id:
            raise _Refusal(
                403, "page_id: not the page of this bot; compare PAGE_ID in the JOINCHAT setting"
            )
        reasons = check_request(payload, page_id=self._page_id, extra_tags=self._extra_tags)
        if reasons:
            # JoinChat answers 200 to a faulty message, with success: false.
            raise _Refusal(200, *reasons)


def answer_to(received: Received) -> dict[str, Any]:
    """Return the JSON object that JoinChat answers with."""
    if received.accepted:
        return {"success": True, "message_id": received.message_id}
    return {"success": False, "errors": {"message": "; ".join(received.reasons)}}


def _read(body: bytes) -> tuple[dict[str, Any] | None, str]:
    try:
        return read_body(body), ""
    except NotAnObject as error:
        return None, str(error)


def _signature_of(headers: Message) -> str:
    """Return the one signature that the request bears, under either name or both."""
    found: list[str] = []
    for name in SIGNATURE_HEADERS:
        values = headers.get_all(name) or []
        if len(values) > 1:
            raise _Refusal(401, f"the header {name} is there {len(values)} times; send it once")
        found.extend(str(value).strip(" \t") for value in values)
    if not found:
        raise _Refusal(
            401,
            "no signature: send the header x_joinchat_signature or x-joinchat-signature "
            "(a proxy in between may have dropped the name with underscores)",
        )
    if len(set(found)) > 1:
        raise _Refusal(401, "the two signature headers hold different values; send the same")
    return found[0]


def _why_unverified(signature: str) -> str:
    if "," in signature:
        return (
            "the signature holds a comma: something in between has joined two headers; "
            "send one spelling only"
        )
    return (
        "the signature does not match: it must be base64(HMAC-SHA256(API secret, body)) over "
        "exactly the bytes that were sent; compare API_SECRET in the JOINCHAT setting"
    )
