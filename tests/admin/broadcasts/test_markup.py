"""Names and titles are text, whatever is in them."""

from __future__ import annotations

from typing import Any

from django.test import Client

from joinchat_django.models import Broadcast
from tests.admin.pages import compose, confirm, drafted, page_of, users_page

from .steps import page


def test_markup_in_names_and_titles_stays_text(
    admin_client: Client, people: list[Any], left_to_a_worker: None
) -> None:
    for person, name in zip(people, ('<b>"Ann"</b>', "<b>'Bob'</b>", "<b>Eve</b>"), strict=True):
        person.username = name
        person.save()
    draft = drafted(admin_client, users_page(), people)
    compose(admin_client, draft, "<b>Hi</b>", title="<b>Title</b>")
    reviewed = page(admin_client, draft, "review")
    assert "&lt;b&gt;Eve&lt;/b&gt;" in reviewed.text
    pages_seen = [page(admin_client, draft, "compose"), reviewed]
    confirm(admin_client, draft)
    pages_seen += [page(admin_client, draft), admin_client.get(page_of(Broadcast))]
    pages_seen.append(page(admin_client, draft, "history"))
    for seen in pages_seen:
        assert not [
            tag for tag in ("<b>&", '<b>"', "<b>'", "<b>E", "<b>H", "<b>T") if tag in seen.text
        ]
    assert "<b>" not in page(admin_client, draft, "progress").json()["notes"]
