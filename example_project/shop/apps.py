from __future__ import annotations

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """The shop. Its triggers are in ``joinchat.py``, which ``joinchat_django`` finds by itself."""

    name = "shop"
    verbose_name = "Fern & Kettle"
    default_auto_field = "django.db.models.BigAutoField"
