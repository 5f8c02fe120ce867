"""The dispatcher ``worker``."""

from __future__ import annotations

from .base import Dispatcher


class WorkerDispatcher(Dispatcher):
    """Does nothing: ``manage.py joinchat_worker`` looks for itself."""

    def wake(self) -> None:
        pass
