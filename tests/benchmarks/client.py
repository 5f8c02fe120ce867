"""``Client.send`` from one thread, against a plain loop over a requests session."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import platform
from collections.abc import Iterator

import requests

from joinchat_django.api import Client, Recipient, SendResult, Text

from .rounds import in_turns, seconds
from .sites import Site
from .table import Line

SECRET = "the-secret-of-the-benchmarks"
PAGE_ID = 12345
#: A version 4 UUID, as the SDK hands them out, and a message of usual length.
UUID = "8a6e0804-2bd0-4672-b79d-d97027f9071a"
WORDS = "Thank you, 小琳! Your order A-17 has been shipped and will be with you on Tuesday."

#: Calls in a round of each contestant, and rounds.
CALLS, ROUNDS = 2_000, 11

#: What must be reached, before and from this version of Python on.
TARGETS = {True: 2.0, False: 1.7}
NEWER = (3, 12)


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Send the same message by both, again and again, and check what comes back.

    Our side is the whole public call, and the building of the message: it is checked, encoded,
    signed and posted, and its answer is read. The loop dumps, signs and posts a dictionary that is
    there already.
    """
    url = f"{site.sink}/api/send_message"
    calls = CALLS // 10 if quick else CALLS
    with (
        Client(page_id=PAGE_ID, api_secret=SECRET, api_url=url, proxies={}) as client,
        requests.Session() as session,
    ):
        found = in_turns(
            {
                "client": lambda: seconds(lambda: _by_client(client, calls)),
                "session": lambda: seconds(lambda: _by_session(session, url, calls)),
            },
            rounds=ROUNDS,
        )
    each = {name: taken / calls * 1e6 for name, taken in found.items()}
    version = tuple(map(int, platform.python_version_tuple()[:2]))
    yield Line(
        "Client.send, one thread, against a requests.Session loop",
        f"Python {platform.python_version()}",
        figure=found["session"] / found["client"],
        target=TARGETS[version < NEWER],
        detail=f"{each['client']:.0f} µs against {each['session']:.0f} µs a call",
    )


def _by_client(client: Client, calls: int) -> None:
    recipient = Recipient(uuid=UUID)
    for _ in range(calls):
        result = client.send(recipient, Text(WORDS))
        assert isinstance(result, SendResult)


def _by_session(session: requests.Session, url: str, calls: int) -> None:
    data = {
        "page_id": PAGE_ID,
        "recipient": {"uuid": UUID},
        "message": {"template_type": "text", "text": WORDS},
    }
    key = SECRET.encode()
    for _ in range(calls):
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        digest = hmac.new(key, body, hashlib.sha256).digest()
        signature = base64.b64encode(digest).decode("ascii")
        headers = {
            "Content-Type": "application/json",
            "x_joinchat_signature": signature,
            "x-joinchat-signature": signature,
        }
        response = session.post(url, data=body, headers=headers, timeout=15)
        if response.status_code != 200:
            raise RuntimeError(f"The sink answers {response.status_code}.")
