from shop.orders import ship

from joinchat_django.api import Text


def test_the_customer_hears_of_the_parcel(joinchat_outbox, lin):
    ship(lin)
    [message] = joinchat_outbox
    assert message.user == lin
    assert message.message == Text("Your parcel has left us.")
    assert message.tag == "SHIPPING_UPDATE"


def test_joinchat_takes_it(joinchat_sandbox, lin, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ship(lin)
    [payload] = joinchat_sandbox.wait_for(1)
    assert payload["recipient"] == {"uuid": "uuid-of-lin"}
    assert joinchat_sandbox.refused() == []
