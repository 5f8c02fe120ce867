from __future__ import annotations

import json
from typing import Any

import pytest

from joinchat_django.models import MessageTemplate, MessengerLink

from .blocks import block

#: The one line of the order that the README's receipt is of.
TEA = {"title": "Tea", "price": 4.5}


@pytest.fixture
def lin(django_user_model: Any, left_to_a_worker: None, db: None) -> Any:
    """A linked user of a site that has the README's template; a worker delivers."""
    user = django_user_model.objects.create_user(username="lin", first_name="Lin")
    MessengerLink.objects.create(user=user, uuid="lin")
    template = MessageTemplate(slug="order-receipt", name="Receipt")
    template.body = json.loads(block("json", "template_type"))
    template.sample_data = {"number": "A-17", "lines": [TEA], "total": 4.5}
    template.full_clean()
    template.save()
    return user
