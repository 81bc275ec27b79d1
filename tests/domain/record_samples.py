"""Record the samples that have no file yet: ``.venv/bin/python -m tests.domain.record_samples``.

A recorded file is never written again: it is what a log out there holds.
"""

from __future__ import annotations

import msgspec

from domain.envelope import encode
from domain.events import Fact
from tests.domain.samples import FOLDER, SAMPLES, envelope_of


def record(name: str, fact: Fact) -> bool:
    """Write one sample; False if it is there already. Only the present version can be written.

    A third part of its name tells what this one shows (``RunFinished.v1.cursor``).
    """
    path = FOLDER / f"{name}.json"
    if path.exists() or name.split(".")[:2] != [fact.TOPIC, f"v{fact.class_version}"]:
        return False
    state = encode(envelope_of(fact))
    with path.open("xb") as file:
        file.write(msgspec.json.format(state, indent=2) + b"\n")
    return True


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    written = [name for name, fact in SAMPLES.items() if record(name, fact)]
    raise SystemExit(f"recorded {len(written)}: {', '.join(written) or 'nothing was missing'}")
