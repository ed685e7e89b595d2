"""How long a test of faults goes on: CI runs each as it is, `./dev faults` many times as long."""

import os


def times(count):
    return count * int(os.environ.get("CAIRN_FAULT_TIMES", "1"))
