from itertools import islice
from typing import Any

from django.conf import settings
from django.db import migrations, models

import joinchat_django.models.fields
from joinchat_django.models.fields import digest


def digest_as_recipients(apps: Any, schema_editor: Any) -> None:
    _digest(apps, schema_editor, "uuid")


def digest_alone(apps: Any, schema_editor: Any) -> None:
    _digest(apps, schema_editor)


def _digest(apps: Any, schema_editor: Any, *head: str) -> None:
    links = apps.get_model("joinchat_django", "MessengerLink").objects
    links = links.using(schema_editor.connection.alias)
    read = links.only("uuid").order_by("pk").iterator()
    while page := list(islice(read, 1000)):
        for link in page:
            link.uuid_digest = digest(*head, link.uuid)
        links.bulk_update(page, ["uuid_digest"])


class Migration(migrations.Migration):
    dependencies = [
        ("joinchat_django", "0005_leaner_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="outboxmessage",
            name="template",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="+",
                to="joinchat_django.messagetemplate",
                verbose_name="template",
            ),
        ),
        migrations.AlterField(
            model_name="outboxmessage",
            name="requested_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="requested by",
            ),
        ),
        migrations.AlterField(
            model_name="messengerlink",
            name="uuid_digest",
            field=joinchat_django.models.fields.DigestField(
                "uuid", editable=False, head="uuid", max_length=64
            ),
        ),
        migrations.RunPython(digest_as_recipients, digest_alone),
    ]
