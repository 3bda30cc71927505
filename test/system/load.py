"""Threads that work beside a test: clients that keep coming, for one."""

import threading

import harness
from harness import wait_until


class Beside:
    """Calls step() again and again, in threads, until a with statement ends.

    The threads do not keep Python from ending, whatever they wait for.
    """

    def __init__(self, threads=1):
        self.done, self.failed = 0, []
        self.enough = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, daemon=True)
                        for _ in range(threads)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *what):
        self.enough.set()
        for t in self.threads:
            t.join(harness.PATIENCE)

    def _run(self):
        while not self.enough.is_set():
            try:
                self.step()
                with self.lock:
                    self.done += 1
            except (OSError, AssertionError) as e:
                with self.lock:
                    self.failed.append(repr(e))

    def more(self, count=20):
        """Waits until so many more steps are done."""
        goal = self.done + count
        wait_until(lambda: self.done >= goal or self.failed, "more steps")


class Load(Beside):
    """Clients that come and ask without a pause."""

    def __init__(self, offloader, context, clients=4):
        super().__init__(clients)
        self.offloader, self.context = offloader, context

    def step(self):
        client = harness.Client(self.offloader.address, self.context)
        try:
            client.ask()
        finally:
            client.close()
