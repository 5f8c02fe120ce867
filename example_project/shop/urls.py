"""The shop's pages."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from shop.views import accounts, cart, catalogue, checkout

app_name = "shop"

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("tea/<slug:slug>/", catalogue.product, name="product"),
    path("cart/", cart.show, name="cart"),
    path("cart/<slug:slug>/add/", cart.add, name="cart-add"),
    path("cart/<slug:slug>/change/", cart.change, name="cart-change"),
    path("cart/<slug:slug>/remove/", cart.remove, name="cart-remove"),
    path("checkout/", checkout.checkout, name="checkout"),
    path("orders/<str:number>/", checkout.order, name="order"),
    path("orders/<str:number>/thank-you/", checkout.thank_you, name="thank-you"),
    path("account/", accounts.account, name="account"),
    path("sign-up/", accounts.SignUpView.as_view(), name="sign-up"),
    path("sign-in/", accounts.SignInView.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
