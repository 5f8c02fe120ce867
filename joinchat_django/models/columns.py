"""What type checkers are told of a column: what it takes, and what it gives.

The plug-in of django-stubs tells mypy by itself. Pyright has no plug-ins, and of an installed
package it believes only what is declared.

A key to the site's users is declared where ``MYPY`` is False. The plug-in knows the site's user
model, and what is declared would count for more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

#: True to mypy alone, which knows it by its name.
MYPY = False

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, TypeAlias

    from django.db import models
    from django.db.models.expressions import Combinable

    Chars: TypeAlias = models.CharField[str | Combinable, str]
    MaybeChars: TypeAlias = models.CharField[str | Combinable | None, str | None]
    Slug: TypeAlias = models.SlugField[str | Combinable, str]
    LongText: TypeAlias = models.TextField[str | Combinable, str]
    Count: TypeAlias = models.PositiveIntegerField[int | Combinable, int]
    BigCount: TypeAlias = models.PositiveBigIntegerField[int | Combinable, int]
    MaybeSmall: TypeAlias = models.PositiveSmallIntegerField[int | Combinable | None, int | None]
    Flag: TypeAlias = models.BooleanField[bool | Combinable, bool]
    Moment: TypeAlias = models.DateTimeField[datetime | Combinable, datetime]
    MaybeMoment: TypeAlias = models.DateTimeField[datetime | Combinable | None, datetime | None]
    JSON: TypeAlias = models.JSONField[Any, Any]
    UserKey: TypeAlias = models.ForeignKey[Any, Any]
