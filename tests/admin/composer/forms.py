"""Composing as a browser without scripts does it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from joinchat_django.models import MessageTemplate
from tests.admin.pages import page_of

from .browsing import FormReader, form_of

OP = "composer-op"
BODY = "composer-0-f"


class Desk:
    """A staff member before the page of a template; of a new one if none is given."""

    def __init__(self, client: Client, template: MessageTemplate | None = None) -> None:
        self.client = client
        self.url = (
            page_of(MessageTemplate, "change", template.pk)
            if template
            else page_of(MessageTemplate, "add")
        )
        self.show(client.get(self.url))
        if template is None:
            self.values |= {"name": "Hello", "slug": "hello"}

    def show(self, response: Any) -> None:
        self.response = response
        self.form = form_of(response) if response.status_code == 200 else FormReader("")
        self.values = self.form.values

    def fill(self, **values: str) -> None:
        """Fill in inputs of the message, by the ends of their names, ``elements-0-title``."""
        for name, value in values.items():
            self.type(f"{BODY}-{name}", value)

    def type(self, name: str, value: str) -> None:
        assert name in self.values, sorted(self.values)
        self.values[name] = value

    def press(self, operation: str) -> None:
        """Click one of the composer's buttons."""
        assert (OP, operation) in self.form.buttons, self.form.buttons
        self.show(self.client.post(self.url, {**self.values, OP: operation}))
        assert self.response.status_code == 200

    def save(self) -> MessageTemplate:
        """Save, and return the template."""
        self.try_to_save()
        assert self.response.status_code == 302, self.remarks
        return MessageTemplate.objects.get(slug=self.values_sent["slug"])

    def try_to_save(self) -> None:
        self.values_sent = self.values
        self.show(self.client.post(self.url, {**self.values, "_save": "Save"}))

    @property
    def composer(self) -> Any:
        return self.response.context["composer"]

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """What is said to be wrong, and the ids of the inputs that it points to."""
        return [(remark.text, remark.target) for remark in self.composer.remarks]
