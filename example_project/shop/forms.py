"""The shop's forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User

from shop.cart import MAX_QUANTITY
from shop.models import COUPON_PERCENT, COUPON_USED, Membership, Order

COUNTRIES = (
    ("AT", "Austria"),
    ("BE", "Belgium"),
    ("DK", "Denmark"),
    ("FR", "France"),
    ("DE", "Germany"),
    ("IE", "Ireland"),
    ("IT", "Italy"),
    ("NL", "Netherlands"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("ES", "Spain"),
    ("SE", "Sweden"),
    ("CH", "Switzerland"),
    ("TW", "Taiwan"),
    ("GB", "United Kingdom"),
    ("US", "United States"),
)


class QuantityForm(forms.Form):
    """How many pieces of a product, 1 to 12."""

    quantity = forms.IntegerField(min_value=1, max_value=MAX_QUANTITY, initial=1)


class SignUpForm(UserCreationForm):
    """A new customer: what to call them, a user name and a password."""

    first_name = forms.CharField(
        label="Your name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("first_name", "username")


class CheckoutForm(forms.ModelForm):
    """Where the parcel goes, how it is paid, and the customer's own coupon if it is used."""

    coupon = forms.CharField(
        required=False,
        max_length=20,
        help_text=f"{COUPON_PERCENT} % off the goods. It came to your Messenger.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    country = forms.ChoiceField(
        choices=COUNTRIES, widget=forms.Select(attrs={"autocomplete": "country"})
    )

    class Meta:
        model = Order
        fields = ("name", "street", "city", "region", "postal_code", "country", "payment")
        widgets = {  # noqa: RUF012
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "street": forms.TextInput(attrs={"autocomplete": "street-address"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "region": forms.TextInput(attrs={"autocomplete": "address-level1"}),
            "postal_code": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "payment": forms.RadioSelect,
        }

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._user = user

    def clean_coupon(self) -> str:
        """Take the customer's own coupon, once."""
        code: str = self.cleaned_data["coupon"].strip().upper()
        if not code:
            return ""
        membership = Membership.objects.of(self._user)
        if code != membership.coupon:
            raise forms.ValidationError("This is not your coupon: look at your account's page.")
        if membership.coupon_used_at:
            raise forms.ValidationError(COUPON_USED)
        return code
