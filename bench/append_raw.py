"""Append through the whole write path, against raw nats-py."""

from __future__ import annotations

from adapters.nats.recorder import NatsApplicationRecorder
from adapters.nats.subjects import Subjects
from bench import raw
from bench.log import RAW, event_size, ledger, raw_stream, server, sync
from bench.people import company, observed
from bench.rounds import compare
from bench.row import Hold, Measured, Row, Setting
from orgledger.ledger import Ledger

_FIRST = "o000"


def messages(opened: Ledger, org: str) -> list[raw.Message]:
    """What the ledger stored of the first organization, addressed to another one, raw."""
    assert isinstance(opened.recorder, NatsApplicationRecorder)
    subjects = Subjects(RAW["NATS_SUBJECT"], text_ids=True)
    return [
        (
            subjects.event(str(n.originator_id).replace(_FIRST, org), n.topic),
            n.state,
            str(n.originator_version),
        )
        for batch in opened.recorder.read(0, scope=_FIRST)
        for n in batch
    ]


def run(setting: Setting) -> Measured:
    """Every round is a new organization for either side, on streams that grow alike."""
    members = setting.size(18_000, 1_800)
    observation = observed(company(members // 20, members))
    with server() as env, raw_stream(env) as beside, ledger(env) as opened:
        amount, _ = sync(opened, _FIRST, observation)
        size = event_size(opened, _FIRST)
        found = compare(
            lambda n: sync(opened, f"o{n + 1:03}", observation)[1],
            lambda n: raw.append(beside, messages(opened, f"r{n + 1:03}")),
            amount,
            rounds=setting.size(7, 2),
            say=setting.say,
        )
    return Measured(
        ours=found.ours,
        theirs=found.theirs,
        ratio=found.ratio,
        note=f"{amount:,} events of {size:.0f} bytes a round",
    )


ROW = Row(
    name="append",
    what="append through the whole write path (decide, map, commit)",
    against="raw nats-py atomic batches of the same bytes",
    unit="events/s",
    hold=Hold(">=", 0.5, aim=0.7),
    run=run,
)
