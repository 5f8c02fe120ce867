"""How much memory a bulk takes: the peak of a process that sends to few users, and to many."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .sites import Site
from .table import Line

FEW, MANY = 10_000, 1_000_000

#: Messages, by what the table calls them.
KINDS = {
    "the same message for all": "Our spring sale begins on Monday. You are invited.",
    "a template with each user's name": "{{ user.first_name }}, our spring sale begins on Monday.",
}


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Send to each number of users in a process of its own, and compare their peaks."""
    from joinchat_django.models import OutboxMessage

    from .crowds import linked_users
    from .queues import empty

    many = MANY // 10 if quick else MANY
    linked_users(many)
    for kind in KINDS:
        peaks = {}
        for number in (FEW, many):
            empty(OutboxMessage)
            peaks[number] = _peak_of_another(kind, number)
        yield Line(
            f"growth of peak memory of send_bulk from {FEW:,} to {many:,} users, {kind}",
            site.database,
            peaks[many] - peaks[FEW],
            16,
            at_most=True,
            unit="MB",
            detail=f"{peaks[FEW]:.1f} and {peaks[many]:.1f} MB",
        )
    empty(OutboxMessage)


def _peak_of_another(kind: str, number: int) -> float:
    """Return the megabytes that a process takes at most that sends to so many users."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", kind, str(number)]
    ran = subprocess.run(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True, check=True
    )
    return float(ran.stdout)


def _send(kind: str, number: int) -> None:
    """Send to so many users of the site that the environment names, and print the peak."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model

    from joinchat_django import outbox
    from joinchat_django.models import MessageTemplate

    template, _is_new = MessageTemplate.objects.get_or_create(
        slug=f"memory-{list(KINDS).index(kind)}",
        defaults={"name": kind, "body": {"template_type": "text", "text": KINDS[kind]}},
    )
    users: Any = get_user_model()
    result = outbox.send_bulk(users.objects.filter(pk__lte=number), template)
    assert result.queued == number, result
    # Not getrusage(): its maximum may be that of the process that started this one.
    status = Path("/proc/self/status").read_text()
    [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    print(int(peak) / 1024)


if __name__ == "__main__":
    _send(sys.argv[1], int(sys.argv[2]))
