"""The admin as a browser meets it: addresses of pages, the action, and the way to a broadcast."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from joinchat_django.models import Broadcast

ACTION = "send_messenger_message"


def page_of(model: type[Model], page: str = "changelist", *args: Any, site: str = "admin") -> str:
    """Return the address of one of a model's pages in the admin."""
    options = model._meta
    return reverse(f"{site}:{options.app_label}_{options.model_name}_{page}", args=args)


def users_page() -> str:
    return page_of(get_user_model())


def may(verb: str, model: type[Model]) -> str:
    """Return the code name of a permission, such as ``view_customer``."""
    return f"{verb}_{model._meta.model_name}"


def select(client: Client, url: str, rows: Iterable[Model], **more: Any) -> Any:
    """Tick rows of a list and start the action."""
    ticked = [str(row.pk) for row in rows]
    data = {"action": ACTION, "index": "0", ACTION_CHECKBOX_NAME: ticked, **more}
    return client.post(url, data)


def drafted(client: Client, url: str, rows: Iterable[Model], **more: Any) -> Broadcast:
    """Tick rows, start the action, and return the draft that this makes."""
    response = select(client, url, rows, **more)
    draft = Broadcast.objects.latest("pk")
    assert response.status_code == 302
    assert response["Location"].endswith(f"/{draft.pk}/compose/")
    return draft


def written(text: str = "", **fields: Any) -> dict[str, Any]:
    """Return the compose page filled in: with a text, or with what ``fields`` say instead."""
    body = json.dumps({"template_type": "text", "text": text})
    return {"title": "", "source": "own", "template": "", "composer-0-json": body, **fields}


def compose(client: Client, draft: Broadcast, text: str = "", **fields: Any) -> Any:
    """Send the compose page, filled in."""
    return client.post(page_of(Broadcast, "compose", draft.pk), written(text, **fields))


def confirm(client: Client, draft: Broadcast) -> Any:
    """Open the review page and press its button."""
    url = page_of(Broadcast, "review", draft.pk)
    return client.post(url, {"reviewed": client.get(url).context["reviewed"]})


def send(client: Client, url: str, rows: Iterable[Model], text: str, **fields: Any) -> Broadcast:
    """Go all the way from the list to the broadcast's page."""
    draft = drafted(client, url, rows)
    assert compose(client, draft, text, **fields).status_code == 302
    response = confirm(client, draft)
    assert response.status_code == 302, response.context["errors"]
    draft.refresh_from_db()
    return draft


def remarks(response: Any) -> list[str]:
    """Return what the admin told the visitor."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors(response: Any) -> Any:
    """Return the errors of the page's form, by field."""
    return response.context["adminform"].form.errors
