"""Delivery: taking due rows from the outbox, calling JoinChat, writing down what happened.

Three invariants hold whatever fails:

* **Never lost.** A row leaves the table's open states (queued, sending) only with an outcome
  written down. A worker that dies leaves a lease that runs out, and the row is taken again.
* **Never doubled unless uncertain.** Only the holder of a row's claim token calls JoinChat for it
  and settles it; a second call is made only if the first one provably delivered nothing, or if
  nobody knows and the site wants such messages sent again (``RETRY_UNCERTAIN``).
* **In order.** A row is taken only when no earlier row of the same bot and recipient is being
  sent, is due or waits to be tried again. One that is scheduled for later holds nobody up.

A ``sweep`` has a part for each bot (``bot_sweep``), which claims due rows (``due``, ``claims``),
sorts them into ``lanes``, one for each recipient, and has a crew of threads call along them
(``crews``), each call at its turn where the bot's rate is limited (``turns``, ``throttle``). What
each call came to (``outcomes``) is written down in groups (``settling``), with what it means for
the bot (``verdicts``, ``pauses``, ``rejections``). A ``worker`` sweeps again and again; a
dispatcher begins a sweep after a commit.
"""

from __future__ import annotations
