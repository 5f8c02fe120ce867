"""Ways in which a page makes a browser fetch an address, none of them a script that reads it.

``ADDRESS`` stands for the address, ``PATH`` for it without its query and ``UUID`` for the uuid in
the query. A page with something ``#to-click`` does nothing until that is clicked.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

FORM = '<form action="PATH"><input name=uuid value="UUID"><button id=to-click>Go</button></form>'
SPECULATION = (
    '<script type=speculationrules>{"KIND": [{"urls": ["ADDRESS"], "eagerness": "immediate"}]}'
    "</script>"
)

#: What HTML alone can do, on the site itself or on any other.
MARKUP = {
    "image": '<img src="ADDRESS">',
    "image-crossorigin": '<img crossorigin=use-credentials src="ADDRESS">',
    "picture-of-svg": '<svg><image href="ADDRESS"/></svg>',
    "image-button": '<input type=image src="ADDRESS">',
    "poster": '<video poster="ADDRESS"></video>',
    "icon": '<link rel=icon href="ADDRESS">',
    "link": '<a id=to-click href="ADDRESS">Win a prize</a>',
    "link-to-a-new-tab": '<a id=to-click target=_blank href="ADDRESS">Win a prize</a>',
    "form": FORM,
    "refresh": '<meta http-equiv=refresh content="0;url=ADDRESS">',
    "iframe": '<iframe src="ADDRESS"></iframe>',
    "object": '<object data="ADDRESS"></object>',
    "embed": '<embed src="ADDRESS">',
    "prefetch": '<link rel=prefetch href="ADDRESS">',
    "prefetch-crossorigin": '<link rel=prefetch as=fetch crossorigin href="ADDRESS">',
    "preload-fetch": '<link rel=preload as=fetch href="ADDRESS">',
    "preload-fetch-crossorigin": '<link rel=preload as=fetch crossorigin href="ADDRESS">',
    "preload-fetch-credentials": (
        '<link rel=preload as=fetch crossorigin=use-credentials href="ADDRESS">'
    ),
    "preload-image": '<link rel=preload as=image href="ADDRESS">',
    "preload-script": '<link rel=preload as=script href="ADDRESS">',
    "preload-style": '<link rel=preload as=style href="ADDRESS">',
    "preload-font": '<link rel=preload as=font crossorigin href="ADDRESS">',
    "preload-module": '<link rel=modulepreload href="ADDRESS">',
    "script": '<script src="ADDRESS"></script>',
    "script-crossorigin": '<script crossorigin=use-credentials src="ADDRESS"></script>',
    "module": '<script type=module src="ADDRESS"></script>',
    "module-of-json": '<script type=module>import "ADDRESS" with {type: "json"}</script>',
    "stylesheet": '<link rel=stylesheet href="ADDRESS">',
    "stylesheet-imported": '<style>@import "ADDRESS";</style>',
    "background": '<style>body {background: url("ADDRESS")}</style>',
    "mask": '<style>p {mask-image: url("ADDRESS")}</style><p>Masked',
    "font": (
        '<style>@font-face {font-family: X; src: url("ADDRESS")} p {font-family: X}</style><p>A'
    ),
    "video": '<video src="ADDRESS" preload=auto></video>',
    "video-crossorigin": '<video crossorigin=use-credentials src="ADDRESS" preload=auto></video>',
    "audio": '<audio src="ADDRESS" preload=auto></audio>',
    "speculation-prefetch": SPECULATION.replace("KIND", "prefetch"),
    "speculation-prerender": SPECULATION.replace("KIND", "prerender"),
}

#: Those of them that other sites are tried with, and that browsers send for them.
FROM_ELSEWHERE = (
    "image",
    "image-crossorigin",
    "link",
    "link-to-a-new-tab",
    "form",
    "refresh",
    "iframe",
    "prefetch",
    "preload-fetch-credentials",
    "script",
    "stylesheet",
)

#: What a script can do besides asking for data of its own site.
SCRIPTS = {
    "window": '<button id=to-click onclick="window.open(`ADDRESS`)">Open</button>',
    "location": "<script>location.href = `ADDRESS`</script>",
    "events": "<script>new EventSource(`ADDRESS`, {withCredentials: true})</script>",
    "fetch-no-cors": "<script>fetch(`ADDRESS`, {mode: 'no-cors', credentials: 'include'})</script>",
}

#: What a script cannot do to its own site, since it would be the thing that is allowed.
OF_OTHER_SITES = {
    "fetch": "<script>fetch(`ADDRESS`, {credentials: 'include'})</script>",
    "xhr": (
        "<script>const ajax = new XMLHttpRequest(); ajax.withCredentials = true;"
        " ajax.open('get', `ADDRESS`); ajax.send();</script>"
    ),
}

HTMX = {
    "boosted-link": '<body hx-boost=true><a id=to-click href="ADDRESS">Win a prize</a>',
    "boosted-form": f"<body hx-boost=true>{FORM}",
    "hx-get": '<p hx-get="ADDRESS" hx-trigger=load>Loads by itself',
}

#: What the guard cannot tell from a script of the site.
HIDDEN = {
    "hx-get-without-headers": (
        """<p hx-get="ADDRESS" hx-trigger=load hx-request='{"noHeaders": true}'>Loads by itself"""
    ),
}


def page(way: str, address: str) -> str:
    """Return the HTML of a page that fetches the address in this way."""
    split = urlsplit(address)
    (uuid,) = parse_qs(split.query)["uuid"]
    body = {**MARKUP, **SCRIPTS, **OF_OTHER_SITES, **HTMX, **HIDDEN}[way]
    icon = "" if way == "icon" else '<link rel=icon href="data:,">'
    library = '<script src="/htmx.js"></script>' if way in {**HTMX, **HIDDEN} else ""
    body = body.replace("ADDRESS", address).replace("UUID", uuid)
    body = body.replace("PATH", split._replace(query="").geturl())
    return f"<!doctype html><title>A trap</title>{icon}{library}{body}"
