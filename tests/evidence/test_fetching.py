"""A page that asks for a file or an address gets nothing: no connection, no file opened, nothing in the PDF.

Nothing is patched: the pages are rendered for real in a process of their own, beside a server that would answer
and a file that could be read.
"""

import io
import json
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pikepdf
import pytest
from tests.evidence.hostile_pages import CANARY, vectors

PROGRAM = Path(__file__).with_name("hostile_pages.py")
NAMES = list(vectors("file:///secret.txt", "http://127.0.0.1/x"))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Render every vector beside a listening server; return the folder and what the server heard."""
    heard = []

    class Answer(socketserver.BaseRequestHandler):
        def handle(self):
            heard.append(self.client_address)

    folder = tmp_path_factory.mktemp("hostile")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(
            [sys.executable, str(PROGRAM), str(folder), str(server.server_address[1])],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        server.shutdown()
    assert done.returncode == 0, done.stderr
    return folder, heard, json.loads((folder / "outcomes.json").read_text())


def test_there_are_at_least_twenty_eight_ways_in():
    assert len(NAMES) >= 28


def test_nobody_was_called(rendered):
    folder, heard, _ = rendered
    assert heard == []
    assert [line for line in (folder / "opened.txt").read_text().splitlines() if "socket." in line] == []


def test_no_file_of_the_machine_was_opened(rendered):
    folder, _, outcomes = rendered
    opened = (folder / "opened.txt").read_text()
    assert "secret" not in opened and "passwd" not in opened
    assert set(outcomes) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_refused_or_left_out(rendered, name):
    folder, _, outcomes = rendered
    refusal = outcomes[name]
    if refusal is not None:
        assert refusal.startswith("test.page: this document may not fetch"), refusal
        assert CANARY not in refusal
        return
    with pikepdf.open(io.BytesIO((folder / f"{NAMES.index(name)}.pdf").read_bytes())) as pdf:
        assert set(pdf.attachments) == {"evidence.json", "evidence.csv"}
        streams = b" ".join(item.read_bytes() for item in pdf.objects if isinstance(item, pikepdf.Stream))
    assert CANARY.encode() not in streams
