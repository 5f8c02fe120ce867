"""Signing up, signing in, and the customer's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, RedirectURLMixin
from django.http import HttpRequest
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.generic import FormView

from joinchat_django.linking import current_link
from shop.forms import SignUpForm
from shop.models import COUPON_PERCENT, Membership

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpResponse


class SignedInRequest(HttpRequest):
    """A request that ``login_required`` has let through."""

    user: User


class SignInView(LoginView):
    """Sign in, and go on to where the visitor wanted to be."""

    template_name = "shop/sign_in.html"
    redirect_authenticated_user = True


class SignUpView(RedirectURLMixin, FormView):
    """Become a customer; signs in at once, which links the Messenger of one who clicked before."""

    template_name = "shop/sign_up.html"
    form_class = SignUpForm
    next_page = "shop:account"

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        """Keep the new user and sign them in."""
        user = form.save()
        login(self.request, user)
        messages.success(self.request, f"Welcome, {user.first_name}.")
        return super().form_valid(form)


@require_safe
@login_required
def account(request: SignedInRequest) -> HttpResponse:
    """The customer's points, coupon and orders, and the button that links their Messenger."""
    context = {
        "link": current_link(request.user),
        "membership": Membership.objects.of(request.user),
        "coupon_percent": COUPON_PERCENT,
        "orders": request.user.orders.prefetch_related("lines"),
    }
    return render(request, "shop/account.html", context)
