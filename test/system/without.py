"""Runs a program on a kernel that lacks something: without.py WHAT... -- PROGRAM...

WHAT is seccomp or landlock. Their system calls end with ENOSYS from then on,
for the program and all that it starts.
"""

import ctypes
import os
import platform
import struct
import sys

LACKS = {"landlock": (444, 445, 446),
         "seccomp": {"x86_64": (317,), "aarch64": (277,)}.get(
             platform.machine(), (317,))}
ENOSYS = 38


def instruction(code, jt, jf, k):
    return struct.pack("HBBI", code, jt, jf, k)


def lose(numbers):
    """A filter that begins with the call's number and knows nothing else."""
    code = instruction(0x20, 0, 0, 0)
    for number in numbers:
        code += instruction(0x15, 0, 1, number)
        code += instruction(0x06, 0, 0, 0x00050000 | ENOSYS)
    code += instruction(0x06, 0, 0, 0x7fff0000)
    text = ctypes.create_string_buffer(code)
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(text))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(38, 1, 0, 0, 0) != 0 or prctl(22, 2, program, 0, 0) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    end = sys.argv.index("--")
    lose([n for what in sys.argv[1:end] for n in LACKS[what]])
    os.execv(sys.argv[end + 1], sys.argv[end + 1:])
