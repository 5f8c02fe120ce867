"""Template filters of the shop."""

from __future__ import annotations

from decimal import Decimal

from django import template

from shop.money import format_money

register = template.Library()


@register.filter
def money(amount: Decimal) -> str:
    """An amount with the shop's currency: ``{{ product.price|money }}``."""
    return format_money(amount)
