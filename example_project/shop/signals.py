"""Signals of the shop. What a receiver writes is kept or rolled back with the order.

``order_placed``
    Sent with ``sender=Order`` and ``order`` once an order and its lines are written, inside
    their transaction.
``order_moved``
    Sent with ``sender=Order`` and ``order`` once the parcel was shipped or has arrived, inside
    the transaction that writes it; ``order.status`` says which.
"""

from __future__ import annotations

from django.dispatch import Signal

order_placed = Signal()
order_moved = Signal()
