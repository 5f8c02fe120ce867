"""Before the walk: the tables, the two users, and a bot that may send."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from joinchat_django.delivery import pauses


@dataclass(frozen=True)
class Account:
    """A user name with its well-known password."""

    username: str
    password: str


ADMIN = Account("admin", "admin")
CUSTOMER = Account("lin", "lin")


class Setup:
    """The steps, to be taken in order; each returns the line to show."""

    def __init__(self) -> None:
        self._created: list[Account] = []

    def database(self) -> str:
        """Migrate, and lift the pause that a run with ``--refuse`` leaves behind."""
        recorder = MigrationRecorder(connection)
        before = len(recorder.applied_migrations())
        call_command("migrate", verbosity=0, interactive=False)
        new = len(recorder.applied_migrations()) - before
        lifted = pauses.resume("default")
        path = Path(settings.DATABASES["default"]["NAME"])
        shown = os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
        state = f"{new} migrations new." if new else "as it was."
        line = f"The database is ready: {shown}, {state}"
        return line + (" The bot was paused since a refusal, and may send again." if lifted else "")

    def people(self) -> str:
        """Create those of the two users that do not exist. Others stay as they are."""
        known = set(User.objects.values_list("username", flat=True))
        if ADMIN.username not in known:
            User.objects.create_superuser(ADMIN.username, password=ADMIN.password)
            self._created.append(ADMIN)
        if CUSTOMER.username not in known:
            User.objects.create_user(
                CUSTOMER.username, password=CUSTOMER.password, first_name="Lin", last_name="小琳"
            )
            self._created.append(CUSTOMER)
        return f"There are an administrator, {ADMIN.username}, and a customer, {CUSTOMER.username}."

    def credentials(self, account: Account) -> str:
        """Say how to sign in: a password that was changed since is not ours to tell."""
        user = User.objects.get(username=account.username)
        if account in self._created or user.check_password(account.password):
            return f"user {account.username}, password {account.password}"
        return f"user {account.username}, with the password that you gave it"
