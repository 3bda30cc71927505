"""What /proc says about processes, and signals to those that may have gone."""

import os
import signal
from pathlib import Path

import pytest


def children(pid):
    """The living children of a process."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            state = stat_of(int(name))
            if state and state[1] == pid and state[0] != "Z":
                found.append(int(name))
    return sorted(found)


def name_of(pid):
    """Its name in ps; "" if it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def family(pid):
    """Children, and theirs."""
    found = children(pid)
    return found + [p for child in found for p in family(child)]


def workers_of(pid):
    return [p for p in children(pid) if name_of(p) != "offloader-keys"]


def keyguard_of(pid):
    """The keyguard, or None."""
    return next((p for p in children(pid) if name_of(p) == "offloader-keys"),
                None)


def stat_of(pid):
    """State, parent and session of a process; None if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    words = text.rsplit(")", 1)[1].split()
    return words[0], int(words[1]), int(words[3])


def is_alive(pid):
    state = stat_of(pid)
    return state is not None and state[0] not in "ZX"


def end(pid, number=signal.SIGKILL):
    """Sends a signal; False if the process has gone meanwhile."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def session_members(session):
    """The processes of a session, without zombies, which init may keep."""
    states = {int(n): stat_of(int(n))
              for n in os.listdir("/proc") if n.isdigit()}
    return [pid for pid, state in states.items()
            if state and state[2] == session and state[0] not in "ZX"]


def status_of(pid):
    """/proc/PID/status as a dictionary."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def listens(pid):
    """True if a process holds a listening TCP socket."""
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A":
                listening.add(f"socket:[{words[9]}]")
    return any(link in listening for link in links(pid))


def links(pid):
    """The targets of a process's descriptors; [] if it is gone.

    Of a process that is not dumpable, only root can see them.
    """
    found = []
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
            except FileNotFoundError:
                continue
    except (FileNotFoundError, ProcessLookupError):
        pass
    except PermissionError:
        only_for_root(pid)
    return found


def descriptor(pid, number):
    """The target of one of its descriptors; None if that is closed."""
    try:
        return os.readlink(f"/proc/{pid}/fd/{number}")
    except FileNotFoundError:
        return None
    except PermissionError:
        only_for_root(pid)


def only_for_root(pid):
    pytest.skip(f"needs root, to see what {name_of(pid)} has open")
