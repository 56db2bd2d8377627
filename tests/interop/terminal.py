"""Runs a command on a terminal of its own, as a person at it would, and says what stood on its screen.

Usage: terminal.py COLUMNS ROWS STEPS COMMAND...
STEPS is JSON: a list of {"until": TEXT} (wait until it stands on the screen), {"keep": NAME} (remember the screen) and {"send": KEYS}.
Prints JSON: {"code", "screens": {NAME: [LINE]}, "last": [LINE], "raw"}; `last` is what is left on the ordinary screen.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

import pyte

LEFT = b"\x1b[?1049l"
# A command that has not got there by now never will.
PATIENCE = 60.0


def lines(screen):
    shown = [line.rstrip() for line in screen.display]
    while shown and not shown[-1]:
        shown.pop()
    return shown


def main():
    columns, rows, steps, command = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4:]
    process, master = pty.fork()
    if process == 0:
        os.environ["TERM"] = "xterm-256color"
        os.environ.pop("CI", None)
        os.execv(command[0], command)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    screen, kept, raw = pyte.Screen(columns, rows), {}, b""
    stream = pyte.ByteStream(screen)
    deadline = time.monotonic() + PATIENCE
    ended = False
    while True:
        while steps:
            step = steps[0]
            if "until" in step and not any(step["until"] in line for line in screen.display):
                break
            if "keep" in step:
                kept[step["keep"]] = lines(screen)
            if "send" in step:
                os.write(master, step["send"].encode())
            steps.pop(0)
        if ended:
            break
        if time.monotonic() > deadline:
            os.kill(process, 9)
            sys.exit(f"still waiting for {steps[:1]} with this on the screen:\n" + "\n".join(lines(screen)))
        ready, _, _ = select.select([master], [], [], 0.1)
        if ready:
            try:
                read = os.read(master, 65536)
            except OSError:
                # That nobody holds the other side any more is how a terminal says that it is over.
                read = b""
            ended = not read
            raw += read
            stream.feed(read)
    _, status = os.waitpid(process, 0)
    left = pyte.Screen(columns, 400)
    pyte.ByteStream(left).feed(raw.rpartition(LEFT)[2])
    missed = [step for step in steps if "until" in step]
    if missed:
        sys.exit(f"never on the screen: {missed[0]['until']!r}; last:\n" + "\n".join(lines(screen)))
    json.dump({"code": os.waitstatus_to_exitcode(status), "screens": kept, "last": lines(left), "raw": raw.decode(errors="replace")}, sys.stdout)


main()
