"""A worker process of a benchmark: delivers what is due for each line that it reads.

The line holds the number of calls at a time. The site is the one that the environment names.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Deliver, and answer with the number of messages, until there are no more lines."""
    import django

    django.setup()
    from joinchat_django.delivery.sweep import deliver_due

    for line in sys.stdin:
        done = deliver_due(concurrency=int(line))
        print(sum(done.values()), flush=True)


if __name__ == "__main__":
    main()
