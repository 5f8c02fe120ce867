"""Which errors of a database leave no doubt that nothing was written."""

from __future__ import annotations

from django.db import Error, IntegrityError, connections, router

from joinchat_django.models import OutboxMessage

#: PostgreSQL: a serialisation failure, a deadlock, a statement that took too long or was cancelled.
_SQLSTATES = {"40001", "40P01", "57014"}

#: MariaDB and MySQL: a deadlock, and a lock that was waited for in vain. The latter undoes the
#: statement alone; Django rolls back the rest.
_NUMBERS = {1213, 1205}


def was_undone(error: Error) -> bool:
    """Tell whether what failed was rolled back for certain, and may be done again.

    A connection that breaks at ``COMMIT`` does not tell: the server may have carried it out. Nor
    may anything be done in a caller's transaction that is lost as a whole.
    """
    if connections[router.db_for_write(OutboxMessage)].needs_rollback:
        return False
    if isinstance(error, IntegrityError):
        return True
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    number = cause.args[0] if cause and cause.args else None
    return state in _SQLSTATES or number in _NUMBERS
