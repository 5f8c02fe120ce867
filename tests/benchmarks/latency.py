"""Delivery to a server that takes its time, against what so many calls at a time could reach."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from .delivery import seconds_of_ours
from .rounds import in_turns, seconds
from .sites import Site
from .table import Line

#: Calls at a time, and the share of the ideal that they have to reach.
TARGETS = {64: 0.95, 256: 0.82}

#: Calls of each caller in a round, and rounds.
CALLS, ROUNDS = 50, 3


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Compare with a loop that does nothing but post to the same server and wait."""
    late = replace(site, sink=f"{site.sink}/late")
    bot = settings.JOINCHAT["default"]
    settings.JOINCHAT = {"default": {**bot, "API_URL": f"{late.sink}/api/send_message"}}
    for concurrency, target in TARGETS.items():
        number = concurrency * (CALLS // 5 if quick else CALLS)
        found = in_turns(
            {
                "ours": lambda c=concurrency, n=number: seconds_of_ours(n, c),
                "ideal": lambda c=concurrency, n=number: seconds_of_ideal(late.sink, n, c),
            },
            rounds=1 if quick else ROUNDS,
            warm_up=False,
        )
        yield Line(
            f"100 ms latency, one process, CONCURRENCY {concurrency}, share of the ideal",
            site.database,
            found["ideal"] / found["ours"],
            target,
            unit="",
            detail=f"{number / found['ours']:,.0f} messages a second of "
            f"{number / found['ideal']:,.0f}",
        )


def seconds_of_ideal(url: str, number: int, concurrency: int) -> float:
    """Return how long the server takes for so many posts, so many at a time."""
    return seconds(lambda: asyncio.run(_post_all(url, number, concurrency)))


async def _post_all(url: str, number: int, concurrency: int) -> None:
    parts = urlsplit(url)
    body = b'{"page_id": 12345}'
    request = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body

    async def post(times: int) -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        for _ in range(times):
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            await _read_body(reader, head)
        writer.close()

    await asyncio.gather(*[post(number // concurrency) for _ in range(concurrency)])


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> Any:
    if b"chunked" in head.lower():
        return await reader.readuntil(b"0\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return await reader.readexactly(int(length))
