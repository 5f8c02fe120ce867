"""The shelf as the shop opens."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# slug, name, tagline, price, description
PRODUCTS = (
    (
        "teapot",
        "Rooftile Teapot",
        "Stoneware for four unhurried cups",
        "48.00",
        (
            "Thrown in one piece from the red clay that also makes the roofs of the valley. The "
            "lid stays where it is when you pour the last cup, and the spout does not drip: we "
            "tried, for a week."
        ),
    ),
    (
        "oolong",
        "Fog Oolong",
        "High-mountain tea, rolled by hand, 100 g",
        "16.50",
        (
            "Picked above the clouds and half awake, like most of us in the morning. Tastes of "
            "orchids, warm milk and a little stone. Good for six brews; the third is the best."
        ),
    ),
    (
        "cups",
        "Two Hill Cups",
        "One blue, one white, for two people",
        "28.00",
        (
            "Wide enough for the nose, narrow enough to keep the warmth. No handles: when the cup "
            "is too hot to hold, the tea is too hot to drink."
        ),
    ),
    (
        "kettle",
        "Slow Kettle",
        "Gooseneck kettle, enamelled steel, 0.9 l",
        "64.00",
        (
            "Pours a thread of water exactly where you want it. It whistles softly and only once, "
            "and works on gas, on induction and on a patient camp fire."
        ),
    ),
    (
        "whisk",
        "Matcha Set",
        "Bamboo whisk with eighty tines, and a bowl",
        "36.00",
        (
            "The whisk is cut from a single piece of bamboo. The bowl is dark, so that the green "
            "can shine. Two spoons, a little water, and a wrist that is in no hurry."
        ),
    ),
    (
        "honey",
        "Orchard Honey",
        "Apple and lime blossom, 350 g",
        "9.80",
        (
            "From the eleven hives behind the packing room. It is runny in June and firm by "
            "December, which is how you know that nobody has interfered."
        ),
    ),
    (
        "timer",
        "Three-Minute Glass",
        "A sandglass in cherry wood",
        "19.00",
        (
            "It does not beep, buzz, or know your name. Turn it over, watch the sand, and your "
            "tea is ready just when you have stopped thinking about it."
        ),
    ),
    (
        "towel",
        "Fern Tea Towel",
        "Washed linen, printed by hand",
        "12.50",
        (
            "Dries a pot in one go and looks good on the rail between times. Grows softer with "
            "every wash and lasts about a thousand of them."
        ),
    ),
)


def stock_the_shelf(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Add the products."""
    product_model = apps.get_model("shop", "Product")
    product_model.objects.using(schema_editor.connection.alias).bulk_create(
        product_model(
            slug=slug,
            name=name,
            tagline=tagline,
            price=Decimal(price),
            description=description,
            picture=f"shop/products/{slug}.svg",
            position=position,
        )
        for position, (slug, name, tagline, price, description) in enumerate(PRODUCTS, start=1)
    )


class Migration(migrations.Migration):
    dependencies = (("shop", "0001_initial"),)

    operations = (migrations.RunPython(stock_the_shelf, migrations.RunPython.noop),)
