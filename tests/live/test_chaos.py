"""A short while of the chaos; ``make chaos`` plays ten minutes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.chaos import Chaos


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_everything_agrees_after_kills_faults_and_lost_callbacks(tmp_path: Path) -> None:
    """Source, tree, targets and audit are the same in the end, and nobody is there twice."""
    with Chaos(tmp_path, seed=11) as chaos:
        chaos.converged()
        chaos.misbehave()
        chaos.play(20)
        chaos.behave()
        chaos.converged()
        assert chaos.doubled() == []
