"""Clients that keep coming, for the time that something is done to us."""

import threading

import harness
from harness import wait_until


class Load:
    """Clients that come and ask without a pause, and what became of them."""

    def __init__(self, offloader, context, clients=4):
        self.offloader, self.context = offloader, context
        self.done, self.failed = 0, []
        self.enough = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run)
                        for _ in range(clients)]
        for t in self.threads:
            t.start()

    def _run(self):
        while not self.enough.is_set():
            try:
                client = harness.Client(self.offloader.address, self.context)
                try:
                    client.ask()
                finally:
                    client.close()
                with self.lock:
                    self.done += 1
            except (OSError, AssertionError) as e:
                with self.lock:
                    self.failed.append(repr(e))

    def more(self, count):
        """Waits until so many more have been served."""
        goal = self.done + count
        wait_until(lambda: self.done >= goal or self.failed, "more clients")

    def stop(self):
        self.enough.set()
        for t in self.threads:
            t.join(harness.PATIENCE)
