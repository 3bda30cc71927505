"""procs.py - processes of the bench: started, pinned, measured, ended by id.

CPU time is read from each process's CPU clock, which the kernel keeps in
nanoseconds for all of its threads together, those that have ended as well
(/proc/PID/schedstat counts the first thread only).
"""
import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import time

started = []		# every Process not yet stopped


def status(pid):
    """(parent, time of birth), or None if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), fields[19]


def tree(pid):
    """The process and all its descendants, as (pid, time of birth)."""
    children, born = {}, {}
    for p in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
        about = status(p)
        if about is not None:
            children.setdefault(about[0], []).append(p)
            born[p] = about[1]
    found, todo = [], [pid]
    while todo:
        p = todo.pop()
        if p in born:
            found.append((p, born[p]))
        todo += children.get(p, [])
    return found


def tail(path):
    with open(path, errors="replace") as f:
        return f.read()[-600:].strip()


def hurry(nice):
    """Without the right to it, the figures are a bit noisier."""
    if nice == 0:
        return
    os.nice(nice)
    # Between sessions, where there is autogroup(7), only this one counts.
    with open("/proc/self/autogroup", "w") as f:
        f.write(str(nice))


class Process:
    """A child on its cores, with whatever children it has itself."""

    def __init__(self, argv, cores, log, nice=0, piped=False):
        def prepare():
            os.sched_setaffinity(0, cores)
            with contextlib.suppress(OSError):
                hurry(nice)
        pipe = subprocess.PIPE if piped else subprocess.DEVNULL
        self.log = log
        self.cores = cores
        self.family = []
        with open(log, "ab") as f:
            self.popen = subprocess.Popen(argv, stdin=pipe, stderr=f,
                stdout=pipe if piped else f, preexec_fn=prepare,
                start_new_session=True)
        started.append(self)

    def pids(self):
        self.family = tree(self.popen.pid)
        return [pid for pid, _ in self.family]

    def pin(self):
        """Again, for all: hitch's worker goes to a core of its own choice."""
        for pid in self.pids():
            for thread in os.listdir(f"/proc/{pid}/task"):
                with contextlib.suppress(OSError):
                    os.sched_setaffinity(int(thread), self.cores)

    def line(self, seconds=60):
        """The next line it writes, as JSON."""
        if not select.select([self.popen.stdout], [], [], seconds)[0]:
            raise RuntimeError(f"{self.popen.args[0]} said nothing")
        text = self.popen.stdout.readline()
        if not text:
            raise RuntimeError(f"{self.popen.args[0]}: {tail(self.log)}")
        return json.loads(text)

    def stop(self, grace=5):
        """Asks it to end, then makes it, and what is left of its family."""
        if self not in started:
            return
        started.remove(self)
        self.pids()
        if self.popen.stdin:
            self.popen.stdin.close()
        else:
            self.popen.terminate()
        try:
            self.popen.wait(grace)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        for pid, born in self.family:
            about = status(pid)
            if about is not None and about[1] == born:
                os.kill(pid, signal.SIGKILL)
        if self.popen.stdout:
            self.popen.stdout.close()


def stop_all():
    for p in list(reversed(started)):
        p.stop(grace=2)


def cpu_ns(pids):
    total = 0
    for pid in pids:
        try:
            # The CPU clock of another process, as in clock_getcpuclockid(3).
            total += time.clock_gettime_ns((~pid << 3) | 2)
        except OSError:
            pass
    return total


def gone_cpu(pids):
    """Seconds that children took which they have waited for."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
            ticks += int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK")


def settled_cpu_ns(pids):
    """The same, once they have nothing more to do."""
    last = cpu_ns(pids)
    for _ in range(50):
        time.sleep(0.01)
        now = cpu_ns(pids)
        if now - last < 50000:
            break
        last = now
    return now


SIZES = {"rss": "Rss", "anon": "Pss_Anon", "shmem": "Pss_Shmem"}


def memory(pid):
    """
    Resident set, and proportional set without what is mapped from files: how
    many others map the same libraries says nothing of this process. Bytes.
    """
    try:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            text = f.read()
    except PermissionError:
        raise RuntimeError("only root may see the memory of all of it")
    except OSError:
        return 0, 0
    sizes = {}
    for name, word in SIZES.items():
        found = re.search(rf"^{word}:\s+(\d+) kB", text, re.M)
        sizes[name] = int(found.group(1)) * 1024 if found else 0
    return sizes["rss"], sizes["anon"] + sizes["shmem"]


def total_memory(pids):
    sizes = [memory(pid) for pid in pids]
    return sum(r for r, _ in sizes), sum(p for _, p in sizes)


class Strace:
    """Counts the system calls of processes while they run."""

    def __init__(self, pids, folder):
        self.out = os.path.join(folder, "strace.out")
        argv = ["strace", "-f", "-c", "-o", self.out]
        for pid in pids:
            argv += ["-p", str(pid)]
        err = os.path.join(folder, "strace.err")
        open(err, "w").close()
        self.process = Process(argv, {min(os.sched_getaffinity(0))}, err)
        deadline = time.monotonic() + 5
        while tail(err).count("attached") < len(pids):
            if time.monotonic() > deadline or self.process.popen.poll():
                self.process.stop()
                raise RuntimeError(f"strace: {tail(err)}")
            time.sleep(0.02)

    def calls(self):
        """Detaches, and tells how many there were."""
        self.process.popen.send_signal(signal.SIGINT)
        self.process.popen.wait(10)
        self.process.stop()
        with open(self.out) as f:
            for line in f:
                fields = line.split()
                if fields and fields[-1] == "total":
                    return int(fields[3])
        return 0


def has_strace():
    return shutil.which("strace") is not None
