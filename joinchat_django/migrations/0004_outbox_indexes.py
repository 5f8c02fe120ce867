from django.db import models

from joinchat_django.migrations._concurrently import AddIndex

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("joinchat_django", "0003_staff")]

    operations = [
        AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["status", "settled_at"], name="joinchat_outbox_settled"),
        ),
        AddIndex(
            model_name="outboxmessage",
            index=models.Index(fields=["trigger", "id"], name="joinchat_outbox_trigger"),
        ),
    ]
