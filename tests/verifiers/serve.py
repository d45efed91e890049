"""Runs a server's module, and ends when standard input closes.

    python serve.py MODULE [ARGUMENT]...

Standard input closes when the process that holds its other end ends, however
it ends: so no server outlives a test run, even one that was killed.
"""

import os
import runpy
import sys
import threading


def end_with_parent():
    # Not through sys.stdin, whose lock would upset a server that ends by itself.
    while os.read(0, 4096):
        pass
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
