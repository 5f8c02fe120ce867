"""One customer's way through the shop, over real HTTP: from the sign-in to the parcel.

Each step does one thing, looks whether it really happened, and returns the line to show.
"""

from __future__ import annotations

import re
import uuid
from io import StringIO
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from joinchat_django import triggers
from joinchat_django.models import MessengerLink, OutboxMessage
from shop.demo.arrivals import Arrivals
from shop.demo.browser import Browser
from shop.demo.setting_up import CUSTOMER
from shop.demo.transcript import StepFailed
from shop.models import Membership, Order, Product

if TYPE_CHECKING:
    from joinchat_django.sandbox import SandboxServer

RECIPIENT = 'Lin 小琳 & "Tom"'
GOODS = (("oolong", 2), ("honey", 1))
DELIVERY = {
    "name": RECIPIENT,
    "street": "Kaai 7",
    "city": "Gent",
    "region": "Oost-Vlaanderen",
    "postal_code": "9000",
    "country": "BE",
    "payment": "card",
}


class Walk:
    """The steps, to be taken in order. ``checks`` look at what has come of them."""

    def __init__(self, shop_url: str, sandbox: SandboxServer) -> None:
        self.browser = Browser(shop_url)
        self.uuid = str(uuid.uuid4())
        self.arrivals = Arrivals(self.browser, sandbox, self.uuid)
        self.actions = (
            self.sign_in,
            self.open_account,
            self.load_sdk,
            self.link,
            self.fill_cart,
            self.hesitate,
            self.check_out,
            self.find_row,
            self.ship,
        )
        self.checks = (
            self.welcome_arrived,
            self.call_back_arrived,
            self.receipt_arrived,
            self.shipping_news_arrived,
            self.row_is_sent,
        )

    def sign_in(self) -> str:
        """Sign in with the form, CSRF token and all."""
        page = self.browser.open(reverse("shop:sign-in"))
        fields = {"username": CUSTOMER.username, "password": CUSTOMER.password}
        landed = self.browser.submit(page, page.url, fields)
        if not landed.url.endswith(reverse("shop:account")):
            raise StepFailed(
                f"{CUSTOMER.username} could not sign in with the password {CUSTOMER.password}.",
                f"Set it again: manage.py changepassword {CUSTOMER.username}, or delete the "
                "database file and start afresh.",
            )
        return "Lin signs in."

    def open_account(self) -> str:
        """Open the page with the tag and see that both scripts are in it."""
        page = self.browser.open(reverse("shop:account"))
        self.sdk_script = settings.JOINCHAT["default"]["SDK_URL"].replace(
            "{key}", settings.JOINCHAT["default"]["SDK_KEY"]
        )
        ours = [script for script in page.scripts if "data-joinchat-save-url" in script]
        if not ours or self.sdk_script not in [script["src"] for script in page.scripts]:
            raise StepFailed(
                f"{page.url} does not load both joinchat.js and {self.sdk_script}.",
                "The tag {% joinchat_sdk %} in shop/templates/shop/account.html.",
            )
        self.tag = ours[0]
        self.browser.fetch(self.tag["src"])
        return "She opens her account: the tag loads joinchat_django's script and the SDK's."

    def load_sdk(self) -> str:
        """Load the SDK's script, as the page would."""
        script = self.browser.fetch(self.sdk_script).text
        if "joinchatSendToMessengerCallback" not in script:
            raise StepFailed(
                f"{self.sdk_script} does not call joinchatSendToMessengerCallback.",
                "What the sandbox serves there.",
            )
        return f"The SDK's script comes from {self.sdk_script}"

    def link(self) -> str:
        """Do what joinchat.js does when the SDK calls back with a uuid."""
        token = self.browser.fetch(self.tag["data-joinchat-csrf-url"]).json()["csrfToken"]
        answer = self.browser.post(
            self.tag["data-joinchat-save-url"],
            {"uuid": self.uuid, "bot": self.tag["data-joinchat-bot"]},
            {"X-CSRFToken": token},
        ).json()
        links = MessengerLink.objects.filter(user__username=CUSTOMER.username, uuid=self.uuid)
        if not (answer.get("linked") and links.filter(is_active=True).exists()):
            raise StepFailed(
                f"The uuid was not saved for {CUSTOMER.username}; the answer was {answer}.",
                "joinchat:save-uuid, and the links in the admin.",
            )
        return f"Send to Messenger: the uuid {self.uuid} is saved for {CUSTOMER.username}."

    def fill_cart(self) -> str:
        """Add the goods on their pages."""
        names = dict(Product.objects.values_list("slug", "name"))
        for slug, quantity in GOODS:
            page = self.browser.open(reverse("shop:product", args=[slug]))
            add = reverse("shop:cart-add", args=[slug])
            page = self.browser.submit(page, add, {"quantity": str(quantity)})
        missing = [slug for slug, _ in GOODS if f"/cart/{slug}/remove/" not in page.html]
        if missing:
            raise StepFailed(
                f"The cart lacks {', '.join(missing)}.", "The shelf in the admin, and shop/cart.py."
            )
        goods = " and ".join(f"{quantity} × {names[slug]}" for slug, quantity in GOODS)
        return f"She puts {goods} in her cart."

    def hesitate(self) -> str:
        """Leave the cart for a while, which the demonstration does not wait for."""
        call_command("call_back_carts", "--after=0", stdout=StringIO())
        return "She hesitates: call_back_carts, which cron would run, reminds her of her cart."

    def check_out(self) -> str:
        """Send the checkout form."""
        page = self.browser.open(reverse("shop:checkout"))
        membership = Membership.objects.get(user__username=CUSTOMER.username)
        coupon = "" if membership.coupon_used_at else membership.coupon
        landed = self.browser.submit(page, page.url, {**DELIVERY, "coupon": coupon})
        found = re.search(r"/orders/A-(\d+)/thank-you/$", landed.url)
        if found is None:
            raise StepFailed(
                f"The checkout led to {landed.url} instead of a thank-you.",
                "CheckoutForm in shop/forms.py, and shop/views/checkout.py.",
            )
        self.order = Order.objects.get(pk=int(found[1]))
        return f"She checks out: order {self.order.number}, {self.order.total} EUR, for {RECIPIENT}"

    def find_row(self) -> str:
        """See that the trigger has queued the receipt."""
        key = f"receipt-{self.order.pk}"
        group = self.order.message_group
        row = OutboxMessage.objects.filter(group=group, idempotency_key=key).first()
        if row is None:
            trigger = triggers.registry["shop.joinchat.order_receipt"]
            raise StepFailed(
                f"No receipt of order {self.order.number} was queued.",
                "The trigger order_receipt in shop/joinchat.py, which was called "
                f"{trigger.fired} times, skipped {trigger.skipped} and failed {trigger.failed}.",
            )
        self.row = row
        return f"The trigger {row.trigger} queues the receipt: row {row.pk} of the outbox."

    def ship(self) -> str:
        """Do what the button in the admin does."""
        self.order.tracking_number = "BE 4711 0815"
        self.order.save(update_fields=["tracking_number"])
        self.order.move_on()
        return (
            f"The order is marked as {self.order.get_status_display()}, as staff do in the admin."
        )

    def welcome_arrived(self) -> str:
        """See the points and the coupon, unless an earlier run has sent them."""
        key = f"welcome-{self.order.user_id}"
        user = self.order.user_id
        row = OutboxMessage.objects.filter(user=user, idempotency_key=key).first()
        if row is None or row.recipient_value != self.uuid:
            return "Points and a coupon were sent in an earlier run: once is enough."
        coupon = Membership.objects.get(user=self.order.user_id).coupon
        self.arrivals.expect("welcome", lambda message: coupon in message.get("text", ""))
        return f"Points and the coupon {coupon} are in the sandbox, sent as soon as she was linked."

    def call_back_arrived(self) -> str:
        """See the carousel with the goods of the cart."""
        self.arrivals.expect("call-back", lambda message: message["template_type"] == "generic")
        return "So is the call-back about her cart, without a tag: it is promotional."

    def receipt_arrived(self) -> str:
        """See that the sandbox accepted this very receipt, name and all."""
        self.arrivals.expect(
            "receipt",
            lambda message: (
                message["template_type"] == "receipt"
                and message["order_number"] == self.order.number
                and message["recipient_name"] == RECIPIENT
            ),
        )
        return "The sandbox has checked signature and limits, and accepted the receipt."

    def shipping_news_arrived(self) -> str:
        """See that she was told about the parcel."""
        self.arrivals.expect(
            "shipping news", lambda message: self.order.tracking_number in message.get("text", "")
        )
        return "The shipping news are there, too, with the tag SHIPPING_UPDATE."

    def row_is_sent(self) -> str:
        """See what the outbox says of the receipt."""
        self.arrivals.expect_sent(self.row)
        return f"The outbox row says {self.row.status}."
