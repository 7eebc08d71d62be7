"""The one answer that is ever sent: a page that says why, of text that nobody outside chose."""

from __future__ import annotations

import html

from fluxhound.errors import UsageError

#: 403 says that the request was understood and will not be fulfilled (RFC 9110 section 15.5.4). It
#: is not kept by caches of its own accord, as 404 and 410 are (ibid., section 15.1), so that the
#: name works again as soon as it is released; 200 would let malicious software take the page for
#: its controller's answer, 451 is for demands of the law (RFC 7725).
STATUS = "403 Forbidden"
#: Characters of the operator's text. Chosen, not measured.
LONGEST_CONTACT = 500

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>Access stopped</title>
</head>
<body>
<h1>Access to this name was stopped</h1>
<p>The name that your device asked for is used by malicious software. The operators of your network
answer it themselves, so your device reached this page instead of the place it wanted.</p>
<p>If you did not open a link yourself, a program on your device did. It may be infected: please
tell those who look after it. This contact has been recorded for that purpose.</p>
{contact}</body>
</html>
"""


def render_answer(contact: str = "") -> bytes:
    """Return head and body of the answer; *contact* is the operator's own text, shown as text.

    Raises:
        UsageError: it is too long.
    """
    return _render(contact, with_body=True)


def render_head(contact: str = "") -> bytes:
    """Return the answer to HEAD: the same without its body (RFC 9110 section 9.3.2)."""
    return _render(contact, with_body=False)


def _render(contact: str, *, with_body: bool) -> bytes:
    if len(contact) > LONGEST_CONTACT:
        raise UsageError(f"The contact is too long: give at most {LONGEST_CONTACT} characters.")
    shown = f"<p>{html.escape(contact, quote=True)}</p>\n" if contact.strip() else ""
    body = _PAGE.format(contact=shown).encode("utf-8", "replace")
    head = (
        f"HTTP/1.1 {STATUS}\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\n"
        "Content-Security-Policy: default-src 'none'\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + (body if with_body else b"")
