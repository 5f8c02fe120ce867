"""Prices: one currency, two decimals."""

from __future__ import annotations

from decimal import Decimal

CURRENCY = "EUR"
SHIPPING = Decimal("4.90")
FREE_SHIPPING_FROM = Decimal("60.00")


def shipping_for(subtotal: Decimal) -> Decimal:
    """What it costs to send goods worth ``subtotal``: nothing from 60 euros up."""
    return Decimal("0.00") if subtotal >= FREE_SHIPPING_FROM else SHIPPING


def format_money(amount: Decimal) -> str:
    """``amount`` as the shop writes it: ``€1,234.50``."""
    return f"€{amount:,.2f}"
