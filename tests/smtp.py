"""A mail server on loopback, as strict as a client of ours needs it, that can be told to misbehave.

As a process of its own (`python -m tests.smtp`) it says where it listens, and when its input ends, how many mails it took.
"""

import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

# What it does to one message, before it is accepted or after.
ACCEPT, COME_AGAIN, REFUSE, HANG_UP, TAKE_AND_HANG_UP = "accept", "451", "550", "hang up", "take and hang up"
# It takes the connection and says nothing any more, until the other side has enough of it.
SILENT = "silent"


@dataclass
class Mailbox:
    """What was accepted, in order: to whom, and the message. `rule` says what becomes of each.

    It is asked about a connection as well, which is to nobody yet: all that counts then is whether it is SILENT.
    """

    received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    rule: Callable[[str], str] = lambda address: ACCEPT
    port: int = 0

    @property
    def addresses(self) -> list[str]:
        """Return to whom messages were accepted, in order."""
        return [address for address, _message in self.received]


class Talk(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Talk until the other side says QUIT or is gone."""
        mailbox: Mailbox = cast(Any, self.server).mailbox
        if mailbox.rule("") == SILENT:
            self.rfile.read()
            return
        self.say("220 loopback")
        address, fate = "", ACCEPT
        while line := self.rfile.readline().decode().strip():
            command = line.upper()
            if command.startswith("RCPT"):
                address = line.partition("<")[2].partition(">")[0]
                fate = mailbox.rule(address)
                if fate == SILENT:
                    self.rfile.read()
                    return
                self.say(f"{fate} no" if fate in (COME_AGAIN, REFUSE) else "250 ok")
            elif command == "DATA":
                self.say("354 go on")
                data = b"".join(iter(self.rfile.readline, b".\r\n"))
                if fate == HANG_UP:
                    return
                mailbox.received.append((address, message_from_bytes(data, policy=policy.default)))
                if fate == TAKE_AND_HANG_UP:
                    return
                self.say("250 taken")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line: str) -> None:
        """Send one line."""
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about a client that is gone."""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run a mail server and yield its mailbox."""
    with _Server(("127.0.0.1", 0), Talk) as server:
        mailbox = Mailbox(port=server.server_address[1])
        cast(Any, server).mailbox = mailbox
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield mailbox
        server.shutdown()


if __name__ == "__main__":
    with mail_server() as own:
        sys.stdout.write(f"{own.port}\n")
        sys.stdout.flush()
        sys.stdin.read()
        sys.stdout.write(f"{len(own.received)}\n")
