"""The admin as a browser meets it: addresses of pages, and the action's two steps."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.urls import reverse

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


def confirm(client: Client, url: str, rows: Iterable[Model], **fields: Any) -> Any:
    """Send the page between, filled in."""
    ticked = [str(row.pk) for row in rows]
    values = {"token": str(uuid.uuid4()), "template": "", "text": "", "tag": "", **fields}
    data = {f"message-{name}": value for name, value in values.items()}
    data |= {"action": ACTION, "confirmed": "yes", ACTION_CHECKBOX_NAME: ticked}
    return client.post(url, data)


def remarks(response: Any) -> list[str]:
    """Return what the admin told the visitor."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors(response: Any) -> Any:
    """Return the errors of the page's form, by field."""
    return response.context["adminform"].form.errors
