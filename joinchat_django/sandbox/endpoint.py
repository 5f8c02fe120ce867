"""``POST /api/send_message``: from the headers and bytes of a request to an answer.

It knows nothing of sockets. It fails closed: only a request that passed every check is accepted,
and whatever goes wrong on the way is an answer of 500 and a refused request in the inbox.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from email.message import Message
from typing import Any

from .contract import FOREIGN_PAGE, NotAnObject, check_address, check_request, read_body
from .received import Received
from .signature import SignatureCheck, check_signature
from .store import Inbox

logger = logging.getLogger(__name__)

_Ground = tuple[int, list[str]]  # The status to refuse a request with, and why.


class _Refusal(Exception):
    """The first ground decides on the status and the answer; the reasons of the rest are kept."""

    def __init__(self, first: _Ground, *others: _Ground) -> None:
        super().__init__()
        self.status, self.reasons = first
        self.besides = tuple(reason for _status, reasons in others for reason in reasons)


class SendMessageEndpoint:
    """Checks requests with one bot's page id and secret and puts them into an inbox.

    A ``lenient`` one accepts a message that the contract or the 24-hour window refuses, and notes
    why it should not. It still demands the signature, JSON, the page and one recipient.
    ``reveal`` says whether the inbox may hold the signature that was expected. ``page_id`` and
    ``is_lenient`` are for the inbox's page to show.
    """

    def __init__(
        self,
        *,
        page_id: int,
        api_secret: str,
        inbox: Inbox,
        extra_tags: Collection[str] = (),
        lenient: bool = False,
        reveal: bool = True,
    ) -> None:
        self.page_id = page_id
        self._api_secret = api_secret
        self._inbox = inbox
        self._extra_tags = tuple(extra_tags)
        self.is_lenient = lenient
        self._reveal = reveal

    def receive(self, headers: Message, body: bytes, *, fault: str = "") -> Received:
        """Check a request in full, put it into the inbox, accepted or refused, and return it.

        ``fault`` says in words which fault on demand is about to spoil the answer.
        """
        payload: dict[str, Any] | None = None
        came: dict[str, Any] = {"headers": _pairs(headers), "body": body, "fault": fault}
        try:
            payload, not_json = _read(body)
            came["signature"] = self._signature(headers, body)
            overlooked = self._check(came["signature"], payload, not_json)
            # A check that returns has found nothing to refuse: this line alone accepts.
            return self._inbox.accept(payload or {}, overlooked=overlooked, **came)
        except _Refusal as refusal:
            status, reasons, came["besides"] = refusal.status, refusal.reasons, refusal.besides
        except Exception:
            logger.exception("The sandbox failed while it checked a request.")
            status = 500
            reasons = ["the sandbox failed while it checked this request; see its log"]
        return self._inbox.refuse(status, reasons, payload, **came)

    def refuse(
        self,
        status: int,
        reason: str,
        *,
        headers: Message | None = None,
        body: bytes | None = None,
        fault: str = "",
    ) -> Received:
        """Record a request that is refused whatever it holds.

        ``body`` is None if it was not read. ``fault`` names the fault on demand that refused it.
        """
        payload, signature = None, None
        if body is not None:
            payload, _not_json = _read(body)
            signature = None if headers is None else self._signature(headers, body)
        return self._inbox.refuse(
            status,
            [reason],
            payload,
            headers=() if headers is None else _pairs(headers),
            body=body or b"",
            signature=signature,
            fault=fault,
        )

    def _signature(self, headers: Message, body: bytes) -> SignatureCheck:
        return check_signature(self._api_secret, _pairs(headers), body, reveal=self._reveal)

    def _check(
        self, signature: SignatureCheck, payload: dict[str, Any] | None, not_json: str
    ) -> tuple[str, ...]:
        """Raise ``_Refusal``, or return the faults that a lenient sandbox lets pass."""
        overlooked: list[str] = []
        grounds: list[_Ground] = [] if signature.matches else [(401, [signature.why])]
        if payload is None:
            grounds.append((400, [not_json]))
        else:
            # JoinChat answers 200 to a faulty message, with success: false.
            faults = check_request(payload, page_id=self.page_id, extra_tags=self._extra_tags)
            if FOREIGN_PAGE in faults:
                faults.remove(FOREIGN_PAGE)
                grounds.append((403, [FOREIGN_PAGE]))
            window = list(filter(None, [self._inbox.why_window_closed(payload)]))
            if self.is_lenient:
                overlooked = [*faults, *window]
                address = check_address(payload, page_id=self.page_id)
                grounds.append((200, [fault for fault in address if fault != FOREIGN_PAGE]))
            else:
                grounds += [(200, faults), (200, window)]
        grounds = [(status, reasons) for status, reasons in grounds if reasons]
        if grounds:
            raise _Refusal(*grounds)
        return tuple(overlooked)


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


def _pairs(headers: Message) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in headers.items())
