"""``make fuzz``: the decoders, guided by coverage, for so many seconds (atheris, libFuzzer).

An input that breaks a promise ends the run with its trace, and is written to a file whose name is
told, in the folder for temporary files.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import atheris

READ = ("dingtalk", "wecom", "feishu", "entra", "receiving", "sealed")

with atheris.instrument_imports(
    include=[*(f"adapters.{name}" for name in READ), "domain", "orgledger.engine"]
):
    from tests.fuzz.decoders import TARGETS, seeds, words


def one(data: bytes) -> None:
    """The first byte says which target takes the rest."""
    if data:
        TARGETS[data[0] % len(TARGETS)](data[1:])


with TemporaryDirectory() as folder:
    corpus, dictionary = Path(folder) / "corpus", Path(folder) / "words"
    corpus.mkdir()
    for number, (target, data) in enumerate(seeds()):
        (corpus / str(number)).write_bytes(bytes([target]) + data)
    dictionary.write_text("".join(f'"{word}"\n' for word in sorted(words())))
    options = [
        f"-max_total_time={sys.argv[1]}",
        "-max_len=4096",
        "-timeout=10",
        "-rss_limit_mb=1024",
        f"-dict={dictionary}",
        f"-artifact_prefix={gettempdir()}/orgledger-fuzz-",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one)
    atheris.Fuzz()
