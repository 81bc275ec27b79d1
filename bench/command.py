"""The command line as users run it, in a child process that tells its own peak memory."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import msgspec


class Ran(msgspec.Struct, frozen=True):
    """One command that ended well: its wall time, peak resident memory, and what it printed."""

    seconds: float
    megabytes: float
    output: bytes


def orgledger(folder: Path, *arguments: str, timeout: float = 900) -> Ran:
    """Run ``orgledger ARGUMENTS`` in ``folder``. Raises RuntimeError when it fails."""
    with tempfile.NamedTemporaryFile("r", prefix="orgledger-bench-") as told:
        command = [sys.executable, "-m", "bench.command", told.name, *arguments]
        path = str(Path(__file__).resolve().parents[1])
        begun = perf_counter()
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=timeout, env={"PYTHONPATH": path}
        )
        seconds = perf_counter() - begun
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace")[-1000:]
            raise RuntimeError(f"orgledger {' '.join(arguments)} ended with {said}")
        return Ran(seconds, float(told.read()), done.stdout)


def _peak() -> float:
    """Peak resident memory of this process, in MB.

    Linux hands the peak of the process that started us on to ``ru_maxrss``; VmHWM is our own.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024 / 1e6


def main() -> None:
    """Run the command line, and leave the peak in the file named first."""
    told = sys.argv.pop(1)
    from orgledger.__main__ import main as run

    try:
        run()
    finally:
        Path(told).write_text(f"{_peak()}")


if __name__ == "__main__":
    main()
