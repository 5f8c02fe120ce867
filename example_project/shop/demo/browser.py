"""A visitor's browser, as far as the walk needs one: cookies, forms and script addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

TIMEOUT = 15.0  # seconds for one request


class UnexpectedPage(Exception):
    """The shop answered otherwise than a customer would expect."""


@dataclass
class Page(HTMLParser):
    """What came back: the address, the HTML, its script elements and its CSRF token."""

    url: str
    html: str
    scripts: list[dict[str, str]] = field(default_factory=list)
    csrf_token: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note scripts and the token that forms carry."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" in attributes:
            self.scripts.append({**attributes, "src": urljoin(self.url, attributes["src"])})
        if tag == "input" and attributes.get("name") == "csrfmiddlewaretoken":
            self.csrf_token = attributes["value"]


class Browser:
    """Opens pages and sends forms over HTTP, keeping cookies. Follows redirects.

    Every method raises :exc:`UnexpectedPage` for an answer other than 200.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = requests.Session()
        # Loopback needs no proxy and no .netrc.
        self._session.trust_env = False

    def fetch(self, url: str) -> requests.Response:
        """GET an address, relative to the shop or absolute."""
        return self._expect_ok(self._session.get(self._absolute(url), timeout=TIMEOUT))

    def post(
        self, url: str, data: dict[str, str], headers: dict[str, str] | None = None
    ) -> requests.Response:
        """POST fields to an address."""
        sent = {"Referer": self.base_url + "/", **(headers or {})}
        return self._expect_ok(
            self._session.post(self._absolute(url), data=data, headers=sent, timeout=TIMEOUT)
        )

    def open(self, url: str) -> Page:
        """GET a page."""
        response = self.fetch(url)
        return Page(response.url, response.text)

    def submit(self, page: Page, url: str, fields: dict[str, str]) -> Page:
        """Send a form of a page, with the page's CSRF token, and return where it led to."""
        response = self.post(url, {"csrfmiddlewaretoken": page.csrf_token, **fields})
        return Page(response.url, response.text)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _absolute(self, url: str) -> str:
        return urljoin(self.base_url, url)

    def _expect_ok(self, response: requests.Response) -> requests.Response:
        if response.status_code != 200:
            method = response.request.method
            raise UnexpectedPage(f"{method} {response.url} answered {response.status_code}.")
        return response
