"""What stands between a phone and the server, and goes wrong: a real TCP proxy on loopback.

One request a connection, so that what happens to a request happens to its connection. A socket that another thread
reads is ended with shutdown: close alone sends nothing as long as that thread waits.
"""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

PAGE_OF_ITS_OWN = b"<h1>planted bad gateway</h1>"
BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
    % (
        len(PAGE_OF_ITS_OWN),
        PAGE_OF_ITS_OWN,
    )
)
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close sends a reset
SILENT_AFTER_S = 30
CHUNK = 65536


class Fault(Enum):
    """What the proxy does to one request."""

    NONE = "passed on"
    DROP = "ended before the server hears of it"
    SWALLOW = "carried out by the server, whose answer never comes back"
    CUT_REQUEST = "reset in the middle of the request, on both sides"
    CUT_ANSWER = "reset in the middle of the answer"
    BAD_GATEWAY = "answered by the proxy itself, with a page of its own"


@dataclass(frozen=True)
class Asked:
    """A request as a rule sees it. `count` is its number among those of the same method and kind of address."""

    method: str
    path: str
    count: int

    @property
    def is_rep(self) -> bool:
        """Whether a repetition is handed in."""
        return self.method == "POST" and "/reps/" in self.path


Rule = Callable[[Asked], Fault]


class Proxy:
    """Listens on a port of its own until `close`. `rule` decides about each request, `delay_s` slows all of them."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self.upstream = (parts.hostname, parts.port)
        self.rule: Rule = lambda asked: Fault.NONE
        self.delay_s = 0.0
        self.injected: list[Fault] = []
        self._counts: dict[tuple[str, bool], int] = {}
        self._lock = threading.Lock()
        self._listener = socket.create_server(("localhost", 0))
        self.address = f"http://localhost:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                phone, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(phone,), daemon=True).start()

    def _serve(self, phone: socket.socket) -> None:
        with suppress(OSError), phone:
            phone.settimeout(SILENT_AFTER_S)
            request = _read_request(phone)
            if request:
                self._carry_out(phone, request)
            with suppress(OSError):
                phone.shutdown(socket.SHUT_RDWR)

    def _carry_out(self, phone: socket.socket, request: bytes) -> None:
        time.sleep(self.delay_s)
        method, path, _ = request.split(b" ", 2)
        fault = self._decide(method.decode(), path.decode())
        if fault is Fault.DROP:
            return
        if fault is Fault.BAD_GATEWAY:
            phone.sendall(BAD_GATEWAY)
            return
        with self.connect() as server:
            if fault is Fault.CUT_REQUEST:
                server.sendall(request[: len(request) - 10])
                _reset(server)
                _reset(phone)
                return
            server.sendall(request)
            answer = _read_to_end(server)
        if fault is Fault.CUT_ANSWER:
            phone.sendall(answer[: len(answer) // 2])
            _reset(phone)
        elif fault is Fault.NONE:
            phone.sendall(answer)

    def connect(self) -> socket.socket:
        """Return a connection to the server."""
        return socket.create_connection(self.upstream, timeout=SILENT_AFTER_S)

    def _decide(self, method: str, path: str) -> Fault:
        with self._lock:
            kind = (method, "/reps/" in path)
            self._counts[kind] = count = self._counts.get(kind, 0) + 1
            fault = self.rule(Asked(method, path, count))
            if fault is not Fault.NONE:
                self.injected.append(fault)
            return fault


def _read_request(phone: socket.socket) -> bytes:
    """Read one request whole, and ask for the end of the connection after its answer. Empty: nothing came."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = phone.recv(CHUNK)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        more = phone.recv(CHUNK)
        if not more:
            return b""
        body += more
    head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head)
    return head + b"\r\nConnection: close\r\n\r\n" + body


def _read_to_end(server: socket.socket) -> bytes:
    answer = b""
    while more := server.recv(CHUNK):
        answer += more
    return answer


def _reset(end: socket.socket) -> None:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    end.close()
