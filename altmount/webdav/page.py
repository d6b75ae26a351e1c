"""A folder as a page for people: no script, and everything that strangers named is escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC
from html import escape

from altmount.library.nodes import File, Folder
from altmount.library.paths import ROOT, VirtualPath, name_of, parent_of, parts_of
from altmount.webdav.properties import content_type
from altmount.webdav.share import Node
from altmount.webdav.urls import href

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_STEP = 1000
_PRECISE = 99.95
_PLAYS = ("video/", "audio/")

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2128;--dim:#68707b;--line:#e4e7eb;--page:#f6f7f9;
--card:#fff;--hover:#f0f4fa;--blue:#1f6feb}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ee;--dim:#8d96a3;--line:#2a3038;
--page:#111418;--card:#181c22;--hover:#1f252d;--blue:#6ca8ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:20px;font-weight:600;margin:0 0 18px;overflow-wrap:anywhere}
h1 a{color:var(--dim);font-weight:500}h1 span{color:var(--dim);margin:0 6px;font-weight:400}
a{color:var(--blue);text-decoration:none}a:hover{text-decoration:underline}
table{width:100%;border-collapse:separate;border-spacing:0;background:var(--card);
border:1px solid var(--line);border-radius:10px;overflow:hidden}
th{font-size:12px;font-weight:600;text-align:left;color:var(--dim);text-transform:uppercase;
letter-spacing:.04em;padding:10px 14px}
td{padding:9px 14px;border-top:1px solid var(--line);vertical-align:baseline}
tr:hover td{background:var(--hover)}
.name{width:100%;overflow-wrap:anywhere;position:relative;padding-left:42px}
.name a{color:var(--ink)}.name.folder a{font-weight:600}
.name::before{content:"";position:absolute;left:14px;top:16px;width:15px;height:11px;
border-radius:2px;background:var(--line)}
.name.folder::before{background:var(--blue)}
.name.media::before{left:16px;top:15px;width:0;height:0;border-radius:0;background:none;
border-left:11px solid var(--blue);border-top:6.5px solid transparent;
border-bottom:6.5px solid transparent}
.name.up::before{background:none}
.number{text-align:right;white-space:nowrap;color:var(--dim);font-variant-numeric:tabular-nums}
.acts{white-space:nowrap;text-align:right}.acts a+a{margin-left:14px}
.empty{color:var(--dim);text-align:center;padding:32px}
footer{color:var(--dim);font-size:13px;margin-top:14px}
@media(max-width:680px){main{padding:18px 10px}.date{display:none}th,td{padding:9px}
td.name{padding-left:36px}.name::before{left:10px}.name.media::before{left:12px}
.acts a{display:block}.acts a+a{margin:4px 0 0}}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""What the page may do in a browser: have its own style, and nothing else."""


def page(prefix: str, path: VirtualPath, children: Sequence[Node]) -> Iterator[str]:
    """The page of a folder, in pieces.

    Args:
        prefix: Where the share begins in URLs.
        path: The folder.
        children: What is in it.
    """
    title = escape(name_of(path) or "altmount")
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{_trail(prefix, path)}</h1><table><thead><tr><th>Name</th>"
        '<th class="number">Size</th><th class="number date">Changed</th><th></th></tr></thead>'
        "<tbody>\n"
    )
    if path != ROOT:
        up = escape(href(prefix, parent_of(path), folder=True))
        yield (
            f'<tr><td class="name up"><a href="{up}">..</a></td>'
            '<td class="number"></td><td class="number date"></td><td></td></tr>\n'
        )
    ordered = sorted(children, key=_order)
    for node in ordered:
        yield _row(prefix, node)
    if not ordered:
        yield '<tr><td class="empty" colspan="4">Nothing is in here yet.</td></tr>\n'
    yield f"</tbody></table><footer>{_summary(ordered)}</footer></main></body></html>\n"


def readable(size: int) -> str:
    """A number of bytes as people say it: 1.5 GB."""
    amount, unit = float(size), 0
    while amount >= _STEP - 0.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    digits = 1 if unit and amount < _PRECISE else 0
    return f"{amount:.{digits}f} {_UNITS[unit]}"


def _row(prefix: str, node: Node) -> str:
    name = escape(name_of(node.path))
    changed = node.modified.astimezone(UTC)
    date = f'<time datetime="{changed:%Y-%m-%dT%H:%M:%SZ}">{changed:%Y-%m-%d %H:%M}</time>'
    if isinstance(node, Folder):
        link = escape(href(prefix, node.path, folder=True))
        kind, size, acts = "folder", "", ""
    else:
        link = escape(href(prefix, node.path, folder=False))
        plays = content_type(node).startswith(_PLAYS)
        kind, size = "media" if plays else "file", readable(node.size)
        acts = f'<a href="{link}">play</a>' if plays else ""
        acts += f'<a href="{link}" download>download</a>'
    return (
        f'<tr><td class="name {kind}"><a href="{link}">{name}</a></td>'
        f'<td class="number">{size}</td><td class="number date">{date}</td>'
        f'<td class="acts">{acts}</td></tr>\n'
    )


def _trail(prefix: str, path: VirtualPath) -> str:
    """The folders on the way to this one, each a link."""
    parts = parts_of(path)
    steps = [f'<a href="{escape(prefix)}/">altmount</a>'] if parts else ["altmount"]
    for count, part in enumerate(parts, start=1):
        if count == len(parts):
            steps.append(escape(part))
        else:
            above = href(prefix, "/" + "/".join(parts[:count]), folder=True)
            steps.append(f'<a href="{escape(above)}">{escape(part)}</a>')
    return "<span>/</span>".join(steps)


def _summary(nodes: Sequence[Node]) -> str:
    files = [node for node in nodes if isinstance(node, File)]
    folders = len(nodes) - len(files)
    counts = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((folders, "folder"), (len(files), "file"))
        if count
    ]
    return ", ".join(counts) + (f", {readable(sum(one.size for one in files))}" if files else "")


def _order(node: Node) -> tuple[bool, str, str]:
    name = name_of(node.path)
    return not isinstance(node, Folder), name.casefold(), name
