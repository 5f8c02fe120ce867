"""What the README shows of a site's pages."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.template import Context, Template
from django.test import AsyncRequestFactory

from joinchat_django import linking
from tests.asgi_urls import render
from tests.example.project import REPOSITORY, environment, manage

from .blocks import README, Block, block, every

#: What the README says of tags in its text, outside of blocks.
TAGS = [
    "{% if user|joinchat_linked %}",
    '{% joinchat_sdk "second" %}',
    "{% joinchat_connection %}",
    '{% url "joinchat:unlink" %}',
]


@pytest.mark.parametrize("one", every("html"), ids=str)
def test_a_template_renders(one: Block) -> None:
    page = Template(one.code).render(Context())
    assert page.count("<script") == 2
    assert "{%" not in page


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_of_the_text_is_one(tag: str, second_bot: None) -> None:
    assert tag in README
    end = "{% endif %}" if "if" in tag else ""
    Template("{% load joinchat %}" + tag + end).render(Context())


@pytest.mark.django_db
def test_an_async_view_asks_first(linked_user: Any) -> None:
    async def auser() -> Any:
        return linked_user

    found: dict[str, Any] = {"linking": linking, "render": render}
    exec(block("python", "async def account"), found)
    request = AsyncRequestFactory().get("/account")
    request.auser = auser
    response = async_to_sync(found["account"])(request)
    assert response.content == b"Linked: uuid-of-tom"


#: The shop of the example, where the block stands for its admin of orders.
SHOP = """
from decimal import Decimal
from django.contrib import admin, auth
from django.core.management import call_command
from shop.models import Order

call_command("migrate", verbosity=0)
admin.site.unregister(Order)
exec(compile({source!r}, "shop/admin.py", "exec"), {{"__name__": "shop.admin"}})
ours = admin.site.get_model_admin(Order)
assert type(ours).__name__ == "OrderAdmin"
assert ours.check() == []
lin = auth.get_user_model().objects.create_user("lin")
order = Order.objects.create(user=lin, shipping_cost=4)
[row] = Order.objects.prefetch_related(*ours.joinchat_prefetch)
assert ours.joinchat_context(row) == {{"order": {{"number": order.number, "total": order.total}}}}
assert getattr(row, ours.joinchat_user) == lin
print("It works.")
"""


def test_an_admin_of_rows_that_name_a_user(tmp_path: Path) -> None:
    source = block("python", "class OrderAdmin(").replace("from .models", "from shop.models")
    ran = subprocess.run(
        manage("shell", "--command", SHOP.format(source=source)),
        cwd=REPOSITORY,
        env=environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.endswith("It works.\n")
