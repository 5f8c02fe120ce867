"""The backend that calls JoinChat, which is the default."""

from __future__ import annotations

from joinchat_django.api import Client, Envelope, SendResult
from joinchat_django.conf import Bot

from .base import Backend

#: Connections that may be kept open: as many as there can be threads. There are never more than
#: were used at the same time.
MOST_CONNECTIONS = 1000


class HTTPBackend(Backend):
    """Sends to JoinChat by the signed client, as the bot's ``API_URL`` and ``OPTIONS`` say."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot)
        options = bot.options
        self._client = Client(
            page_id=bot.page_id,
            api_secret=bot.api_secret,
            api_url=bot.api_url,
            connect_timeout=options.connect_timeout,
            deadline=options.deadline,
            signature_headers=options.signature_headers,
            extra_tags=options.extra_tags,
            proxies=options.proxies,
            ca_bundle=options.ca_bundle,
            pool_size=MOST_CONNECTIONS,
        )

    def send(self, envelope: Envelope, *, deadline: float | None = None) -> SendResult:
        return self._client.post(envelope.body(self.bot.page_id), deadline=deadline)

    def close(self) -> None:
        self._client.close()
