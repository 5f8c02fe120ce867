"""The composer: a message written as a form, with its preview, wherever the admin writes one.

:class:`MessageComposer` reads and writes a ``MessageTemplate``, a ``Broadcast``, or whatever has
their fields. A page shows it within its form, and its ``media``, with
``{% include "admin/joinchat_django/composer/composer.html" with composer=composer %}``;
``offer_test=True`` adds the button "Send me a test", which :func:`send_test` answers without the
script if ``composer.wants_test``. Its own buttons work without the script too, as long as the page
is shown again whenever ``composer.is_valid()`` is False.
"""

from __future__ import annotations

from .composer import MessageComposer
from .drafts import preview_of
from .testing import send_test

__all__ = ["MessageComposer", "preview_of", "send_test"]
