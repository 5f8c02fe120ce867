from django.db import migrations, models

from joinchat_django.migrations._concurrently import AddIndex, RemoveIndex
from joinchat_django.models.indexes import SparseIndex


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("joinchat_django", "0004_outbox_indexes")]

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
    ]
