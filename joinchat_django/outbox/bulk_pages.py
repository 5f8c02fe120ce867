"""A bulk under way: page after page is written and counted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import IntegrityError, connections, router
from django.db.models import QuerySet

from joinchat_django.delivery.databases import AWAY
from joinchat_django.models import OutboxMessage

from .audiences import key_pages, pages
from .batches import batched
from .bulk_rows import RowMaker
from .conflicts import was_undone
from .newest_links import doubtful
from .recipients import Addressee, active_links, addressees
from .results import BulkResult, Tally, Written
from .rows import PAGE, insert, insert_page, known_keys, savepoint
from .waking import BulkWaker
from .writers import Writer, can_be_copied, writer_for

logger = logging.getLogger("joinchat_django.outbox")


class Bulk:
    """One bulk, and what has been counted so far."""

    def __init__(self, maker: RowMaker) -> None:
        self.maker = maker
        self.bot: str = maker.values["bot"]
        self.tally = Tally()
        self.waker = BulkWaker()

    def run(
        self,
        users: QuerySet[Any] | Iterable[Any],
        progress: Callable[[BulkResult], object],
    ) -> BulkResult:
        """Queue for all, and return the counts. ``progress`` gets them after each page."""
        try:
            if writer := writer_for(users, self.maker):
                self._write_all(writer, progress)
            else:
                self._make_all(users, progress)
        finally:
            self._log()
            self.waker.end()
        return self.tally.result

    def _make_all(
        self,
        users: QuerySet[Any] | Iterable[Any],
        progress: Callable[[BulkResult], object],
    ) -> None:
        """Queue a page of users at a time, whose rows are made here."""
        for page, repeated in pages(users):
            self.tally.add("repeated", repeated)
            self._queue(page)
            progress(self.tally.result)

    def _write_all(self, writer: Writer, progress: Callable[[BulkResult], object]) -> None:
        """Queue a page of users at a time, whose rows are written in one go if they can be."""
        for page in key_pages(writer.users, writer.at_once):
            if can_be_copied(page) and self._write(writer, page):
                progress(self.tally.result)
            else:  # Those in the same part of the order, one by one.
                part = writer.users.filter(pk__gte=page[0], pk__lte=page[-1])
                self._make_all(part, progress)

    def _write(self, writer: Writer, page: list[Any]) -> bool:
        """Queue a page of users by key. Returns False if it was undone and nothing is counted."""
        keys = list(dict.fromkeys(page))
        known = self._known(keys)
        unknown = [key for key in keys if key not in known]
        try:
            written = writer.insert(unknown) if unknown else Written(0, [])
        except (IntegrityError, *AWAY) as error:
            if not (was_undone(error) or self._may_repeat()):
                raise
            return False
        # They are there now, whatever becomes of the next query.
        self.tally.add("queued", written.queued)
        if written.queued:
            self.waker.queued()
        self.tally.add("repeated", len(page) - len(keys))
        self.tally.add("already_queued", len(known))
        for key, reason in written.failures:
            self.tally.fail(key, reason)
        left = len(unknown) - written.queued - len(written.failures)
        uncertain = doubtful(self.bot, unknown) if left else []
        self.tally.add("not_linked", left - len(uncertain))
        for key in uncertain:
            self._queue(list(writer.users.filter(pk=key)[:1]))
        return True

    def _known(self, keys: list[Any]) -> set[Any]:
        """Return those of some users whose idempotency keys are known."""
        if self.maker.key is None:
            return set()
        of_key = {self.maker.key_of(Addressee(key, None)) or "": key for key in keys}
        parts = batched(of_key, PAGE)
        return {of_key[text] for part in parts for text in known_keys(self.bot, part)}

    def _queue(self, page: list[Any]) -> None:
        people = self._reachable(self._unknown(addressees(page, self.bot)))
        while people:
            made = self.maker.make(people)
            people = people[len(made) :]
            rows = []
            for one, row in made:
                if isinstance(row, OutboxMessage):
                    rows.append((one, row))
                else:
                    self.tally.fail(one.key, str(row))
            if rows:
                self._insert(rows)
                self.waker.queued()

    def _unknown(self, people: list[Addressee]) -> list[Addressee]:
        """Return those whose idempotency keys are new, and count the others."""
        keys = [self.maker.key_of(one) for one in people]
        known = known_keys(self.bot, [key for key in keys if key is not None])
        unknown = [one for one, key in zip(people, keys, strict=True) if key not in known]
        self.tally.add("already_queued", len(people) - len(unknown))
        return unknown

    def _reachable(self, people: list[Addressee]) -> list[Addressee]:
        """Return those who have an active link, and count the others."""
        reachable = [one for one in people if one.value is not None]
        self.tally.add("not_linked", len(people) - len(reachable))
        return reachable

    def _insert(self, rows: list[tuple[Addressee, OutboxMessage]]) -> None:
        try:
            insert_page([row for _one, row in rows])
        except (IntegrityError, *AWAY) as error:
            # A key was used meanwhile, a user is gone, or two bulks with one key wait for each
            # other's rows: see who, one by one. With keys, even where the page may be there.
            if not (was_undone(error) or self._may_repeat()):
                raise
            for one, row in rows:
                self._insert_one(one, row)
        else:
            self.tally.add("queued", len(rows))

    def _may_repeat(self) -> bool:
        """Whether rows that may have been written may be written anew."""
        return self.maker.key is not None and not _connection().needs_rollback

    def _insert_one(self, one: Addressee, row: OutboxMessage) -> None:
        try:
            with savepoint():
                is_new = insert(row) is row
        except IntegrityError:
            if one.user is None or active_links(self.bot).filter(user=one.key).exists():
                raise
            self.tally.add("not_linked")
        else:
            self.tally.add("queued" if is_new else "already_queued")

    def _log(self) -> None:
        result = self.tally.result
        logger.info(
            "outbox bot=%s outcome=bulk group=%r queued=%s not_linked=%s failed=%s repeated=%s "
            "already_queued=%s",
            self.bot,
            self.maker.values["group"],
            result.queued,
            result.not_linked,
            result.failed,
            result.repeated,
            result.already_queued,
        )


def _connection() -> Any:
    return connections[router.db_for_write(OutboxMessage)]
