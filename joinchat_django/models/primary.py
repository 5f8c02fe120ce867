"""Reading where rows are written, whatever a site's routers say of reading."""

from __future__ import annotations

from typing import TypeVar

from django.db import router
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def on_primary(model: type[Row]) -> QuerySet[Row]:
    """Return the rows of a model on the database that they are written to.

    A replica may lag behind it, and nothing can be locked there.
    """
    return model._base_manager.using(router.db_for_write(model))
