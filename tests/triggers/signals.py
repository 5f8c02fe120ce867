from __future__ import annotations

from django.dispatch import Signal

#: A signal of a shop's own.
order_placed = Signal()
