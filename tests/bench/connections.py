"""Connections that keep a server busy: each sends its requests one after the other, and every answer is timed.

A process of its own (`python -m tests.bench.connections`), so that it does not share an interpreter with whoever prepares
and judges. Reads an `Order` as JSON, writes a `Tally` as JSON.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.conf import settings

ANSWER_WITHIN_S = 60


@dataclass
class Order:
    """What is to be asked: the requests of each connection, from the first again when all are sent, unless `once`."""

    port: int
    seconds: float
    expected: int
    requests: list[list[str]]
    once: bool = False


@dataclass
class Tally:
    """What came of it: how long each answer took, in ms; how many requests were sent; what else came than was expected."""

    took_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0
    sent: list[int] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Return the requests a second."""
        return len(self.took_ms) / self.seconds

    def at(self, share: float) -> float:
        """Return the time, in ms, within which a share of the answers came."""
        return sorted(self.took_ms)[min(len(self.took_ms) - 1, int(len(self.took_ms) * share))]


def carry_out(order: Order) -> Tally:
    """Carry an order out in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.connections"]
    done = subprocess.run(
        command, input=json.dumps(asdict(order)), capture_output=True, text=True, check=True, cwd=settings.BASE_DIR
    )
    return Tally(**json.loads(done.stdout))


class Connection(threading.Thread):
    """One request after the other, on one connection for as long as the server keeps that open."""

    def __init__(self, order: Order, requests: Sequence[str], until: float) -> None:
        super().__init__(daemon=True)
        self.order, self.until = order, until
        self.requests = [request.encode("latin-1") for request in requests]
        self.took_ms: list[float] = []
        self.sent = 0
        self.others: Counter[str] = Counter()
        self.socket: socket.socket | None = None

    def run(self) -> None:
        """Ask until the time is over, or everything was asked."""
        while time.perf_counter() < self.until and not (self.order.once and self.sent == len(self.requests)):
            request = self.requests[self.sent % len(self.requests)]
            self.sent += 1
            began = time.perf_counter()
            try:
                status = self.ask(request)
            except OSError as error:
                self.socket = None
                self.others[type(error).__name__] += 1
                continue
            self.took_ms.append((time.perf_counter() - began) * 1000)
            if status != self.order.expected:
                self.others[str(status)] += 1

    def ask(self, request: bytes) -> int:
        """Send a request and read the whole answer; return its status."""
        if self.socket is None:
            self.socket = socket.create_connection(("localhost", self.order.port), timeout=ANSWER_WITHIN_S)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        head, _end, body = self.read_until(b"\r\n\r\n").partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        while len(body) < length:
            body += self.receive()
        if b"connection: close" in lines:
            self.socket.close()
            self.socket = None
        return int(head.split(b" ", 2)[1])

    def read_until(self, end: bytes) -> bytes:
        """Read until something is there."""
        found = b""
        while end not in found:
            found += self.receive()
        return found

    def receive(self) -> bytes:
        """Read some more; ConnectionError where the server has hung up."""
        assert self.socket
        if not (more := self.socket.recv(65536)):
            raise ConnectionError
        return more


def main() -> None:
    """Read the order, carry it out, write the tally."""
    order = Order(**json.load(sys.stdin))
    began = time.perf_counter()
    connections = [Connection(order, requests, began + order.seconds) for requests in order.requests]
    for connection in connections:
        connection.start()
    for connection in connections:
        connection.join(order.seconds + ANSWER_WITHIN_S)
    tally = Tally(seconds=time.perf_counter() - began)
    for connection in connections:
        tally.took_ms += connection.took_ms
        tally.sent.append(connection.sent)
        for what, count in connection.others.items():
            tally.others[what] = tally.others.get(what, 0) + count
    json.dump(asdict(tally), sys.stdout)


if __name__ == "__main__":
    main()
