"""What a process holds more after some work than before it, in a process of its own."""

import subprocess
import sys

_PROGRAM = """
import os
{prepare}

def held():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

{work}
before = held()
for _ in range({times}):
    {work}
print(held() - before)
"""


def megabytes(prepare: str, work: str, times: int) -> float:
    """How many megabytes it holds more when a line of work was done so often, after it was done once. Linux only."""
    program = _PROGRAM.format(prepare=prepare, work=work, times=times)
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout)
