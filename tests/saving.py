"""The addresses that a page saves a uuid at, and what a test looks at afterwards."""

from __future__ import annotations

from typing import Any

from joinchat_django.models import MessengerLink

SAVE = "/joinchat/save-uuid"
TOKEN = "/joinchat/csrf-token"
#: What a browser says of a script's own request to the page's site.
SCRIPTED = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Accept": "*/*",
}


def links() -> list[tuple[str, str, str]]:
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
