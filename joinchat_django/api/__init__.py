"""JoinChat itself: message types, recipients, signing, the HTTP client and its errors.

Knows no settings, no models and no Django; usable from a plain script::

    client = Client(page_id=12345, api_secret="…")
    client.send(Recipient(uuid="…"), Text("Hello"), tag=MessageTag.ACCOUNT_UPDATE)
"""

from __future__ import annotations

from .answers import SendResult
from .buttons import DefaultAction, PostbackButton, WebURLButton
from .client import Client
from .envelopes import Envelope
from .errors import (
    ConnectionFailed,
    DeliveryUncertain,
    InvalidMessage,
    JoinChatError,
    Problem,
    ProblemCode,
    Rejected,
    ServiceUnavailable,
    Unauthorized,
)
from .messages import (
    Address,
    Adjustment,
    ButtonTemplate,
    GenericElement,
    GenericTemplate,
    ListElement,
    ListTemplate,
    Message,
    ReceiptElement,
    ReceiptTemplate,
    Summary,
    Text,
    message_from_dict,
)
from .recipients import Recipient
from .signing import sign, verify
from .tags import MessageTag

__all__ = [
    "Address",
    "Adjustment",
    "ButtonTemplate",
    "Client",
    "ConnectionFailed",
    "DefaultAction",
    "DeliveryUncertain",
    "Envelope",
    "GenericElement",
    "GenericTemplate",
    "InvalidMessage",
    "JoinChatError",
    "ListElement",
    "ListTemplate",
    "Message",
    "MessageTag",
    "PostbackButton",
    "Problem",
    "ProblemCode",
    "ReceiptElement",
    "ReceiptTemplate",
    "Recipient",
    "Rejected",
    "SendResult",
    "ServiceUnavailable",
    "Summary",
    "Text",
    "Unauthorized",
    "WebURLButton",
    "message_from_dict",
    "sign",
    "verify",
]
