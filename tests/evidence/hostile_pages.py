"""Render hostile pages for real and write down every file and connection that was asked for.

Run as a program: ``python hostile_pages.py FOLDER PORT``. It plants a secret in the folder, renders each page,
and writes ``outcomes.json`` (by vector: the refusal, or null) beside the PDFs. An audit hook, which cannot be
taken off again and is inherited by the rendering child, writes what was opened to ``opened.txt``.
"""

import json
import os
import runpy
import sys
from base64 import b64encode
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "plugins" / "icb_quality" / "tests" / "sample_document.py"
CANARY = "CANARY-6e1f0c-KEEP-OUT"
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\nshowpage\n"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>{inside}</svg>"


def data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def nested(inside: str) -> str:
    return f'<img alt="x" src="{data("image/svg+xml", SVG.format(inside=inside).encode())}">'


def vectors(file: str, http: str) -> dict[str, str]:
    """Return hostile snippets by name. ``file`` and ``http`` are addresses of what must stay unread."""
    return {
        "img file": f'<img alt="x" src="{file}">',
        "img http": f'<img alt="x" src="{http}">',
        "img path": f'<img alt="x" src="{file.removeprefix("file://")}">',
        "img host only": f'<img alt="x" src="{http.removeprefix("http:")}">',
        "img ftp": '<img alt="x" src="ftp://127.0.0.1/secret.png">',
        "img unc": '<img alt="x" src="\\\\127.0.0.1\\share\\secret.png">',
        "img metadata service": '<img alt="x" src="http://169.254.169.254/latest/meta-data/">',
        "img rebinding name": '<img alt="x" src="http://localtest.me/secret.png">',
        "img unknown asset": '<img alt="x" src="asset:../../secret.txt">',
        "img srcset": f'<img alt="x" src="data:," srcset="{http} 2x">',
        "img eps": f'<img alt="x" src="{data("application/postscript", EPS)}">',
        "object": f'<object data="{file}">x</object>',
        "embed": f'<embed src="{file}">',
        "iframe": f'<iframe src="{file}"></iframe>',
        "link stylesheet": f'<link rel="stylesheet" href="{file}">',
        "link attachment": f'<link rel="attachment" href="{file}">',
        "link icon": f'<link rel="icon" href="{http}">',
        "a attachment": f'<a rel="attachment" href="{file}">x</a>',
        "base": f'<base href="{http}"><img alt="x" src="secret.png">',
        "import string": f'<style>@import "{file}";</style>',
        "import url": f"<style>@import url({http});</style>",
        "import in data": f'<link rel="stylesheet" href="{data("text/css", f"@import url({file});".encode())}">',
        "font-face": f'<style>@font-face{{font-family:z;src:url("{file}")}}p{{font-family:z}}</style><p>x</p>',
        "background": f'<p style="background:url({file})">x</p>',
        "border-image": f'<p style="border:1px solid;border-image-source:url({file})">x</p>',
        "mask": f'<p style="mask-image:url({file})">x</p>',
        "cursor": f'<p style="cursor:url({http}),auto">x</p>',
        "list-style": f'<ul style="list-style-image:url({file})"><li>x</li></ul>',
        "content": f"<style>p::before{{content:url({file})}}</style><p>x</p>",
        "page box": f"<style>@page{{@top-left{{content:url({file})}}}}</style><p>x</p>",
        "svg image": nested(f"<image href='{file}' width='9' height='9'/>"),
        "svg xlink": nested(f"<image xlink:href='{http}' width='9' height='9'/>"),
        "svg use": nested(f"<use href='{file}#a'/>"),
        "svg style": nested(f"<style>@import url({file});</style><rect width='9' height='9'/>"),
        "svg doctype": f'<img alt="x" src="{data("image/svg+xml", _entity(file))}">',
        "inline svg": f'<svg width="9" height="9"><title>x</title><image href="{file}" width="9" height="9"/></svg>',
    }


def _entity(file: str) -> bytes:
    return (
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{file}">]>'
        "<svg xmlns='http://www.w3.org/2000/svg'><text y='9'>&x;</text></svg>"
    ).encode()


def main(folder: Path, port: int) -> None:
    """Render every vector; leave the outcomes in the folder."""
    from throughline.evidence.pdf import Limits, make_pdf  # noqa: PLC0415
    from throughline.evidence.render import RenderProblem  # noqa: PLC0415
    from throughline.sdk import ReportFormat  # noqa: PLC0415
    from throughline.typeset import fonts  # noqa: PLC0415 - nothing may be imported under the hook

    secret = folder / "secret.txt"
    secret.write_text(CANARY)
    document = runpy.run_path(str(SAMPLE))["sample_document"]()
    typefaces = fonts()
    found: dict[str, str | None] = {}
    record = os.open(folder / "opened.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" or event.startswith("socket."):
            os.write(record, f"{event} {arguments[:1]}\n".encode(errors="replace"))

    sys.addaudithook(note)
    for number, (name, snippet) in enumerate(vectors(secret.as_uri(), f"http://127.0.0.1:{port}/x").items()):
        page = ReportFormat(
            key="test.page",
            version=1,
            title="Hostile",
            audience="Nobody",
            summary="A page that asks for what it may not have.",
            template=f'<html lang="en"><head><title>x</title></head><body><p>x</p>{snippet}</body></html>',
            stylesheet="",
            context=lambda _document, _settings: {},
        )
        try:
            made = make_pdf(document, page, {}, typefaces, Limits(cpu_seconds=10, wall_seconds=30))
        except RenderProblem as refused:
            found[name] = str(refused)
        else:
            found[name] = None
            (folder / f"{number}.pdf").write_bytes(made.pdf)
    (folder / "outcomes.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
