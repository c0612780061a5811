"""The demo's letter box: an SMTP server that keeps every message as a file and sends none on.

    python -m throughline.demo.mailbox PORT FOLDER

Each message becomes ``FOLDER/<time>-<number>.eml``, with the envelope's addresses in its first lines, as any
mail program opens it. It speaks RFC 5321 as far as a client that only delivers needs it: EHLO, HELO, MAIL,
RCPT, DATA, RSET, NOOP, VRFY, QUIT.
"""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

_LARGEST = 10 * 1024 * 1024
_NUMBERS = count(1)
_TOO_EARLY = "503 first MAIL, then RCPT, then DATA"
_FIXED = {
    "EHLO": f"250-throughline\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {_LARGEST}",
    "HELO": "250 OK",
    "NOOP": "250 OK",
    "VRFY": "252 every address has a place here",
    "RCPT": _TOO_EARLY,
    "DATA": _TOO_EARLY,
}


class Conversation:
    """One client's conversation: its sender and recipients so far, and the folder for its messages."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, folder: Path) -> None:
        self._reader = reader
        self._writer = writer
        self._folder = folder
        self._sender: str | None = None
        self._recipients: list[str] = []

    async def hold(self) -> None:
        """Answer the client until it leaves."""
        await self._say("220 throughline demo mailbox")
        while line := await self._reader.readline():
            verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            if verb.upper() == "QUIT":
                await self._say("221 goodbye")
                return
            await self._say(await self._answer(verb.upper(), rest))

    async def _answer(self, verb: str, rest: str) -> str:
        if verb in {"MAIL", "RSET"}:
            self._sender, self._recipients = (_address(rest) if verb == "MAIL" else None), []
            return "250 OK"
        if verb == "RCPT" and self._sender is not None:
            self._recipients.append(_address(rest))
            return "250 OK"
        if verb == "DATA" and self._recipients:
            await self._say("354 end with a full stop on its own line")
            return await self._take()
        return _FIXED.get(verb, "502 not spoken here")

    async def _take(self) -> str:
        text, size = [], 0
        while (line := await self._reader.readline()) not in {b".\r\n", b".\n"}:
            if not line:
                return "451 the message did not end"
            size += len(line)
            if size <= _LARGEST:
                text.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if size > _LARGEST:
            return "552 too large"
        now = datetime.now(UTC)
        file = self._folder / f"{now:%Y%m%d-%H%M%S}-{next(_NUMBERS):05}.eml"
        envelope = f"X-Envelope-From: {self._sender}\r\nX-Envelope-To: {', '.join(self._recipients)}\r\n"
        half = file.with_suffix(".half")
        half.write_bytes(envelope.encode() + b"".join(text))
        half.rename(file)
        self._sender, self._recipients = None, []
        return "250 kept"

    async def _say(self, text: str) -> None:
        self._writer.write(f"{text}\r\n".encode())
        await self._writer.drain()


def _address(rest: str) -> str:
    """Return the address between the brackets of ``FROM:<a@b> SIZE=1``, without anything that ends a line."""
    return rest.partition("<")[2].partition(">")[0].replace("\r", "").replace("\n", "")


async def serve(port: int, folder: Path) -> None:
    """Keep messages until SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Conversation(reader, writer, folder).hold()
        except (ConnectionError, ValueError):
            return  # the client left in mid-sentence, or spoke a line without an end
        finally:
            writer.close()

    stopped = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stopped.set)
    server = await asyncio.start_server(welcome, "127.0.0.1", port)
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
