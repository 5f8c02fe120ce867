"""Which language a user reads, as the site knows it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import Error
from django.db.models import Model, prefetch_related_objects


class UserLanguage:
    """Reads the attribute that ``JOINCHAT_TEMPLATES["USER_LANGUAGE"]`` names, if it does.

    A method without arguments counts as an attribute. ``is_known`` tells whether there is a path.
    """

    def __init__(self, path: str | None) -> None:
        self._names = path.split(".") if path else []
        self.is_known = bool(self._names)

    def of(self, user: Any) -> str:
        """Return the code of a user's language; empty if it is not known.

        It is not where the attribute is missing or raises an error. A database's error is raised
        all the same, since it may have spoilt the caller's transaction.
        """
        if user is None or not self._names:
            return ""
        value = user
        try:
            for name in self._names:
                value = getattr(value, name)
                value = value() if inspect.ismethod(value) else value
            return str(value or "")
        except Error:
            raise
        except Exception:
            # There is no profile, or it is the site's own code.
            return ""

    def prefetch(self, users: Iterable[Any]) -> None:
        """Fetch for many users at once what their languages are read from."""
        rows = [user for user in users if isinstance(user, Model)]
        if rows and (relations := self._relations()):
            prefetch_related_objects(rows, "__".join(relations))

    def _relations(self) -> list[str]:
        """Return the beginning of the path that leads from row to row."""
        relations: list[str] = []
        model: Any = get_user_model()
        for name in self._names:
            try:
                field = model._meta.get_field(name)
            except FieldDoesNotExist:
                break
            if not (field.one_to_one or field.many_to_one) or field.related_model is None:
                break
            relations.append(name)
            model = field.related_model
        return relations
