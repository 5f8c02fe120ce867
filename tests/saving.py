"""A uuid and the addresses that a page saves it at, and what a test looks at afterwards."""

from __future__ import annotations

import string
from typing import Any

from joinchat_django.linking import SESSION_KEY
from joinchat_django.models import MessengerLink

#: The characters that the contract allows in a uuid, of which it has 1 to 255.
UUID_CHARACTERS = set(string.ascii_letters + string.digits + "._~:@+/=-")

SAVE = "/joinchat/save-uuid"
TOKEN = "/joinchat/csrf-token"
#: What a browser says of a script's own request to the page's site.
SCRIPTED = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept": "*/*",
}


def grow_older(session: Any, seconds: int) -> None:
    """Let time pass for what waits in a visitor's session."""
    uuid, since = session[SESSION_KEY]["default"]
    session[SESSION_KEY] = {"default": [uuid, since - seconds]}


def links() -> list[tuple[str, str, str]]:
    """Every link: the user's name, the bot, the uuid."""
    rows = MessengerLink.objects.order_by("pk")
    return [(row.user.username, row.bot, row.uuid) for row in rows]


def assert_refused(response: Any, status: int) -> str:
    """Check that this is a refusal in JSON with a reason; return the reason."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    assert set(response.json()) == {"error"}
    assert response.json()["error"]
    assert not response.has_header("Location")
    return str(response.json()["error"])
