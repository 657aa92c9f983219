"""The smallest mail server that a letter can be handed in to (RFC 5321), with faults on demand."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class PostOffice:
    """What was handed in, and how it misbehaves.

    Attributes:
        letters: (from, to, the letter as it came).
        answers: instead of its own, by the first word of a command; ``.`` is the end of a letter.
            An empty answer hangs up.
        login: user and password that it wants; None: nobody need say who they are.
        logged_in: who did.
    """

    letters: list[tuple[str, str, bytes]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    logged_in: list[str] = field(default_factory=list)
    port: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[PostOffice]:
        """Serve during the block."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(  # noqa: C901 - one case per command
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sender = to = ""
        known = self.login is None
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            words = line.decode().strip()
            verb = words.split(" ")[0].upper()
            if (answer := self.answers.get(verb)) is not None:
                if not answer:
                    break
                writer.write(f"{answer}\r\n".encode())
                continue
            match verb:
                case "EHLO":
                    auth = "250-AUTH PLAIN\r\n" if self.login else ""
                    writer.write(f"250-here\r\n{auth}250 8BITMIME\r\n".encode())
                case "AUTH":
                    known = self._is_let_in(words.rpartition(" ")[2])
                    writer.write(b"235 in\r\n" if known else b"535 no\r\n")
                case "MAIL" if known:
                    sender = words
                    writer.write(b"250 ok\r\n")
                case "RCPT" if known:
                    to = words
                    writer.write(b"250 ok\r\n")
                case "DATA" if known:
                    writer.write(b"354 go on\r\n")
                    letter = await _letter(reader)
                    self.letters.append((_address(sender), _address(to), letter))
                    end = self.answers.get(".", "250 taken")
                    if not end:
                        break
                    writer.write(f"{end}\r\n".encode())
                case "QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"530 who are you\r\n" if not known else b"502 what\r\n")
        writer.close()

    def _is_let_in(self, told: str) -> bool:
        _, user, password = base64.b64decode(told).decode().split("\0")
        self.logged_in.append(user)
        return (user, password) == self.login


async def _letter(reader: asyncio.StreamReader) -> bytes:
    letter = b""
    while (line := await reader.readline()) != b".\r\n":
        letter += line.removeprefix(b".") if line.startswith(b"..") else line
    return letter


def _address(words: str) -> str:
    return words.partition("<")[2].partition(">")[0]
