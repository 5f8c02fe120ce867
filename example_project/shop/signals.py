"""Signals of the shop.

``order_placed``
    Sent with ``sender=Order`` and ``order`` once an order and its lines are written, inside
    their transaction: what a receiver writes is kept or rolled back with the order.
"""

from __future__ import annotations

from django.dispatch import Signal

order_placed = Signal()
