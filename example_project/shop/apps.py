from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class ShopConfig(AppConfig):
    """The shop. Its triggers are in ``joinchat.py``, which ``joinchat_django`` finds by itself."""

    name = "shop"
    verbose_name = "Fern & Kettle"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have carts meet their customers at sign-in."""
        from shop.cart import meet_at_sign_in

        user_logged_in.connect(meet_at_sign_in, dispatch_uid="shop.cart")
