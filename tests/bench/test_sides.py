"""Both sides of an append do the whole work: what they measure is really in the log."""

from __future__ import annotations

from collections import defaultdict

import pytest

from adapters.nats.recorder import NatsApplicationRecorder
from bench import raw
from bench.append_raw import messages
from bench.log import ledger, raw_stream, server, sync
from bench.people import company, observed
from domain.decide import decide
from domain.errors import ConflictError
from domain.events import MemberRenamed
from orgledger.ledger import Circumstances
from projections.org_tree.fold import OrgTree


def test_what_the_ledger_appended_in_many_batches_folds_to_the_organization() -> None:
    observation = observed(company(60, 1_200))
    with server() as env, ledger(env) as opened:
        amount, _ = sync(opened, "feifan", observation)
        entries = [entry for batch in opened.read() for entry in batch]
    assert len(entries) == amount > 2_000
    versions = defaultdict(list)
    for entry in entries:
        versions[entry.originator_id].append(entry.originator_version)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
    tree = OrgTree()
    tree.apply(entries)
    assert decide(tree.directory("feifan"), observation).facts == ()


def test_a_conflict_in_a_later_batch_leaves_the_directory_where_the_log_is() -> None:
    with server() as env, ledger({**env, "NATS_MAX_BATCH": "1000"}) as opened:
        sync(opened, "feifan", observed(company(60, 1_200)))
        tree = OrgTree()
        for batch in opened.read():
            tree.apply(batch)
        directory = tree.directory("feifan")
        facts = [MemberRenamed(uid=uid, name="Somebody Else") for uid in directory.members]
        other = MemberRenamed(uid=facts[-1].uid, name="From Outside")

        def interfere(done: int) -> None:
            if done == 1_000:
                aside = OrgTree()
                for batch in opened.read():
                    aside.apply(batch)
                opened.append(aside.directory("feifan"), [other], Circumstances(actor="other"))

        with pytest.raises(ConflictError):
            opened.append(directory, facts, Circumstances(actor="test"), progress=interfere)
        assert opened.head == directory.position + 1
        assert sum(m.name == "Somebody Else" for m in directory.members.values()) == 1_000


def test_the_raw_side_stores_the_same_bytes() -> None:
    with server() as env, raw_stream(env) as beside, ledger(env) as opened:
        amount, _ = sync(opened, "o000", observed(company(5, 100)))
        rows = messages(opened, "r000")
        raw.append(beside, rows)
        with ledger({**beside, "PERSISTENCE_MODULE": "adapters.nats"}) as copy:
            assert isinstance(copy.recorder, NatsApplicationRecorder)
            stored = [n.state for batch in copy.recorder.read(0) for n in batch]
        assert stored == [payload for _, payload, _ in rows]
        assert len(stored) == amount
        assert raw.consume(env, "orgledger.log.>", amount) > 0
