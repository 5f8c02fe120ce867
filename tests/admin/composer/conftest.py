"""A template, and somebody who is about to change it."""

from __future__ import annotations

import pytest
from django.test import Client

from joinchat_django.models import MessageTemplate

from .forms import Desk


@pytest.fixture
def template(db: None) -> MessageTemplate:
    """A template of a text with one variable, in English."""
    body = {"template_type": "text", "text": "Hello {{ name }}"}
    return MessageTemplate.objects.create(slug="a", name="A", language="en", body=body)


@pytest.fixture
def desk(admin_client: Client, template: MessageTemplate) -> Desk:
    """A staff member before the page of that template."""
    return Desk(admin_client, template)
