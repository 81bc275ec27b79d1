"""Our own SCIM target as a sender: what it writes to us is the organization it was written from.

The data is a public team repository's history (monthly rosters); it stays outside this
repository, and the test is skipped where it is not there.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from domain.rows import Rows
from orgledger.cli.app import run
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import TOKEN, UNGUARDED, Desk

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "rust-org-history.jsonl.gz"
MONTHS = (0, 45, 93)

CONFIG = """\
[log]
url = "{nats}"
user = "{user}"
password = "{password}"

[orgs.{org}-origin]
source = "hr"

[systems.hr]
type = "roster"
org = "{org}-origin"
path = "roster.json"
[systems.hr.guard]
members = {{ percent = 100, most = 100000 }}
departments = {{ percent = 100, most = 100000 }}
memberships = {{ percent = 100, most = 100000 }}
grants = {{ percent = 100, most = 100000 }}

[systems.crm]
type = "scim"
org = "{org}-origin"
base_url = "{url}"
token = "{token}"
rate = 500
[systems.crm.map.member]
userName = "uid" # some ids of that history differ in the case of letters alone
[systems.crm.guard]
delete = {{ percent = 100, most = 100000 }}
deactivate = {{ percent = 100, most = 100000 }}
memberships = {{ percent = 100, most = 100000 }}
grants = {{ percent = 100, most = 100000 }}
"""


def roster(month: dict[str, Any]) -> tuple[set[Any], set[Any], set[Any]]:
    """What a month says; the target sends texts without blanks around them."""
    return (
        {(d["id"], d["name"], d["parent_id"]) for d in month["departments"]},
        {(m["id"], m["name"].strip(), frozenset(m["departments"])) for m in month["members"]},
        {(f"role:{r['id']}", r["name"], frozenset(r["members"])) for r in month["roles"]},
    )


def received(desk: Desk) -> tuple[set[Any], set[Any], set[Any]]:
    found = Rows(desk.directory()).roster()
    return (
        {(d["id"], d["name"], d["parent_id"]) for d in found["departments"]},
        {
            (m["id"], m["name"], frozenset(m["departments"]))
            for m in found["members"]
            if m["active"]
        },
        {(r["id"], r["name"], frozenset(r["members"])) for r in found["roles"]},
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not DATA.exists(), reason=f"the real history is not at {DATA}")
def test_a_real_organization_arrives_whole(
    ledger: Ledger, connection: dict[str, str], tmp_path: Path
) -> None:
    """Departments, nesting, people and roles are the same after every sampled month."""
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        months = [json.loads(line) for line in lines]
    desk = Desk(ledger, tmp_path)
    desk.guard = UNGUARDED  # years lie between the sampled months
    with desk.open():
        (tmp_path / "orgledger.toml").write_text(
            CONFIG.format(
                nats=connection["NATS_URL"],
                user=connection.get("NATS_USER", ""),
                password=connection.get("NATS_PASSWORD", ""),
                org=desk.org,
                url=desk.url,
                token=TOKEN,
            ),
            encoding="utf-8",
        )
        for number in MONTHS:
            (tmp_path / "roster.json").write_text(json.dumps(months[number]), encoding="utf-8")
            sync = ["-c", str(tmp_path / "orgledger.toml"), "sync"]
            assert run(sync) == 0
            for here, there in zip(received(desk), roster(months[number]), strict=True):
                assert (here - there, there - here) == (set(), set())
            before = len(desk.facts())
            assert run(sync) == 0
            assert len(desk.facts()) == before
