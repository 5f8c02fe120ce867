"""What a trigger's function returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joinchat_django.outbox import Content, Contents


@dataclass(frozen=True)
class Send:
    """A message that a trigger asks for; the arguments are those of ``outbox.send``."""

    to: object
    message: Content | Contents
    context: Mapping[str, Any] | None = None
    bot: str = "default"
    tag: str | None = None
    delay: int | None = None
    send_at: datetime | None = None
    expires_at: datetime | None = None
    idempotency_key: str | None = None
    group: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """All arguments but the first two."""
        options = dict(vars(self))
        del options["to"], options["message"]
        return options


#: What a trigger's function returns.
Result = Send | Iterable[Send] | None


def as_list(result: Result) -> list[Send]:
    """Return what a trigger asks for as a list. Raises ``TypeError`` for anything else."""
    wanted = [] if result is None else [result] if isinstance(result, Send) else list(result)
    for item in wanted:
        if not isinstance(item, Send):
            raise TypeError(
                "A trigger returns triggers.Send, a list of them or None, not "
                f"{type(item).__name__}."
            )
    return wanted
