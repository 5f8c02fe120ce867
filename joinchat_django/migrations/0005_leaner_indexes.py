from django.conf import settings
from django.db import migrations, models

from joinchat_django.migrations._concurrently import AddIndex, DropIndexOfKey, RemoveIndex
from joinchat_django.models.indexes import SparseIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("joinchat_django", "0004_outbox_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndex(
            model_name="outboxmessage",
            index=models.Index(
                fields=["bot", "recipient_digest", "settled_at", "id"], name="joinchat_outbox_lane"
            ),
        ),
        RemoveIndex(model_name="outboxmessage", name="joinchat_outbox_queue"),
        AddIndex(
            model_name="outboxmessage",
            index=SparseIndex(fields=["group", "status", "id"], name="joinchat_outbox_of_group"),
        ),
        RemoveIndex(model_name="outboxmessage", name="joinchat_outbox_group"),
        AddIndex(
            model_name="outboxmessage",
            index=SparseIndex(fields=["trigger", "id"], name="joinchat_outbox_of_trigger"),
        ),
        RemoveIndex(model_name="outboxmessage", name="joinchat_outbox_trigger"),
        AddIndex(
            model_name="outboxmessage",
            index=SparseIndex(fields=["template"], name="joinchat_outbox_template"),
        ),
        AddIndex(
            model_name="outboxmessage",
            index=SparseIndex(fields=["requested_by"], name="joinchat_outbox_requester"),
        ),
        DropIndexOfKey(
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
        DropIndexOfKey(
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
    ]
