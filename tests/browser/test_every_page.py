"""Every page of the app in the admin: on a phone, to a screen reader, and as a picture.

Where no pictures are asked for, only the first page at each address is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.urls import resolve
from playwright.sync_api import Page

from joinchat_django import triggers
from joinchat_django.sandbox.server import SandboxServer

from . import rows
from .inspection import (
    DESK,
    PHONE,
    assert_none,
    faults,
    keep_pictures,
    pictures_only,
    sideways,
    widen,
)
from .page_list import WITHOUT_A_PAGE, Staff, StaffPage, serve_pictures, views_of_the_app
from .pages import PAGES

pytestmark = pytest.mark.django_db(transaction=True)

each_page = pytest.mark.parametrize(
    "staff_page",
    [
        pytest.param(page, id=page.name, marks=() if page.is_first else pictures_only)
        for page in PAGES
    ],
)


@pytest.fixture
def staff(
    tab: Page, live_server: Any, settings: Any, sandbox: SandboxServer, left_to_a_worker: None
) -> Iterator[Staff]:
    """Somebody who may do everything, in the admin of a site with two bots and a strict policy."""
    bot = settings.JOINCHAT["default"]
    http = {"BACKEND": "joinchat_django.backends.http.HTTPBackend", "API_URL": sandbox.api_url}
    settings.JOINCHAT = {"default": bot, rows.SECOND_BOT: {**bot, **http, "PAGE_ID": 2}}
    settings.ROOT_URLCONF = "tests.browser.staff_urls"
    visitor = Staff(tab, str(live_server.url))
    visitor.user = get_user_model().objects.create_superuser(username="ann", first_name="Ann")
    visitor.sign_in(visitor.user)
    serve_pictures(tab)
    widen(tab, DESK)
    with patch.dict(triggers.registry, clear=True):
        yield visitor
    tab.emulate_media(color_scheme="light")
    widen(tab, DESK)
    visitor.leave()


def open_page(staff: Staff, staff_page: StaffPage) -> None:
    """Open a page and see that it is the one that was meant, and whole."""
    staff_page.open(staff)
    staff.page.wait_for_load_state()
    path = staff.page.evaluate("location.pathname")
    assert resolve(path).view_name == f"admin:{staff_page.view}"
    assert staff.errors == []


def test_no_page_of_the_app_is_forgotten() -> None:
    forgotten = views_of_the_app() - {page.view for page in PAGES} - set(WITHOUT_A_PAGE)
    assert not forgotten, f"Add to pages.py: {sorted(forgotten)}"


def test_no_exception_outlives_its_address() -> None:
    assert set(WITHOUT_A_PAGE) - views_of_the_app() == set()
    assert not set(WITHOUT_A_PAGE) & {page.view for page in PAGES}


@pytest.mark.thorough
@each_page
def test_a_page_fits_a_phone(staff: Staff, staff_page: StaffPage) -> None:
    widen(staff.page, PHONE)
    open_page(staff, staff_page)
    assert_none(sideways(staff.page), staff_page.name)


@each_page
def test_a_page_can_be_used_without_seeing_it_well(
    staff: Staff, staff_page: StaffPage, axe: Path
) -> None:
    open_page(staff, staff_page)
    assert_none(faults(staff.page, axe), staff_page.name)


@pictures_only
@each_page
def test_a_page_is_kept_as_a_picture(staff: Staff, staff_page: StaffPage) -> None:
    open_page(staff, staff_page)
    keep_pictures(staff.page, staff_page.name)
