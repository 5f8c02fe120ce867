from django.test import TestCase
from shop.orders import customer, ship

from joinchat_django.api import Text
from joinchat_django.test import JoinChatTestMixin, sandbox


class ShippingTests(JoinChatTestMixin, TestCase):
    def test_the_customer_hears_of_the_parcel(self):
        ship(customer())
        [message] = self.joinchat_outbox
        assert message.message == Text("Your parcel has left us.")

    def test_joinchat_takes_it(self):
        with sandbox() as joinchat:
            with self.captureOnCommitCallbacks(execute=True):
                ship(customer())
            [payload] = joinchat.wait_for(1)
        assert payload["recipient"] == {"uuid": "uuid-of-lin"}
