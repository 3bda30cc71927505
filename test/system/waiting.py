"""Waits for a condition; no test sleeps in the hope that it will hold."""

import time

PATIENCE = 30		# seconds, until a test fails with a sentence


def wait_until(condition, what, patience=PATIENCE):
    """Returns the first true value of condition()."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.005)
