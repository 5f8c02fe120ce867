"""Looking at what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from shop.forms import QuantityForm
from shop.models import Product

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """All products."""
    return render(request, "shop/home.html", {"products": Product.objects.all()})


@require_safe
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """One product, with a form that puts it in the cart."""
    shown = get_object_or_404(Product, slug=slug)
    others = Product.objects.exclude(pk=shown.pk)[:4]
    context = {"product": shown, "others": others, "form": QuantityForm()}
    return render(request, "shop/product.html", context)
