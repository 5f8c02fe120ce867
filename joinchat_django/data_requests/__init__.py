"""Both sides of a data request: what this app knows about somebody, and forgetting it.

:func:`export` returns it all, :func:`export_json` yields the same as text little by little, and
:func:`erase` forgets it. :func:`aexport` and :func:`aerase` are for asynchronous code.

What is known about a person are links, the messages to them, which broadcasts have selected them,
and what they asked for as a member of the staff. A message belongs to its row's ``user``, however
many people share the uuid that it went to. One without a user was sent to a bare ``Recipient``,
or its user has been deleted. It is theirs only if it went to one of the ``recipients`` that the
caller names, byte by byte as it was sent to: the site knows their phone number and e-mail address.
What belongs to another user stays with that one, even if it went to one of those.

A link to a uuid is no proof. A browser may claim any uuid, and a device or an account may have been
somebody else's, who has been deleted since. Name a uuid if you know it to be theirs alone: whoever
is named is told what was sent to it.

Some things are not found:

- a uuid that waits in a session: it is not linked after ``PENDING_MAX_AGE``, and goes with the
  session (``clearsessions``);
- what messages to others say about them;
- what free text may quote: ``BotState.reason`` and ``BotState.last_rejection`` (JoinChat's words),
  ``Broadcast.title`` and ``Broadcast.reason``, ``TriggerState.last_error``;
- what Django's own log of the admin says of their links.
"""

from __future__ import annotations

from .erasing import Erasure, aerase, erase
from .exporting import aexport, export, export_json
from .open_transactions import StillOpen

__all__ = [
    "Erasure",
    "StillOpen",
    "aerase",
    "aexport",
    "erase",
    "export",
    "export_json",
]
