"""A TCP proxy that loses or holds bytes on demand, between a client and a real nats-server."""

from __future__ import annotations

import socket
import threading
from types import TracebackType


class LossyProxy:
    """Forwards both ways. Armed, it swallows one chunk that contains a pattern, once.

    ``hang_up`` decides whether it then closes the connection or stays silently open.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._armed: tuple[bytes, bool] | None = None
        self._flowing = threading.Event()
        self._flowing.set()
        self.lost = 0
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def lose(self, pattern: bytes, *, hang_up: bool) -> None:
        """Swallow the next chunk, in whichever direction, that contains ``pattern``."""
        self._armed = (pattern, hang_up)

    def hold(self) -> None:
        """Hand nothing on, either way, until :meth:`go_on`."""
        self._flowing.clear()

    def go_on(self) -> None:
        """Hand on what was held, and what comes."""
        self._flowing.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            self._open += [client, server]
            for pair in ((client, server), (server, client)):
                thread = threading.Thread(target=self._pump, args=pair)
                self._threads.append(thread)
                thread.start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while chunk := source.recv(1 << 20):
                armed = self._armed
                if armed is not None and armed[0] in chunk:
                    self._armed = None
                    self.lost += 1
                    if armed[1]:
                        break
                    continue
                self._flowing.wait()
                sink.sendall(chunk)
        except OSError:
            pass  # the other direction hung up
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # already down

    def __enter__(self) -> LossyProxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.go_on()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._open:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # already down
        for thread in self._threads:
            thread.join(5)
        for end in self._open:
            end.close()
