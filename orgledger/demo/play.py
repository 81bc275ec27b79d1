"""Play the demo and say what there is to explore."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import msgspec
from rich.rule import Rule
from rich.text import Text

from adapters.nats.embedded import attach
from adapters.nats.server import running as alive
from adapters.simulation.app import SimulatorApp
from adapters.simulation.server import running
from domain.envelope import Entry
from domain.errors import ConfigError
from orgledger import config as configuration
from orgledger.bootstrap import Service, open_service
from orgledger.cli import screen
from orgledger.cli.commands.audit import completed, show_answer
from orgledger.cli.commands.look import PEOPLE_SHOWN, print_changes, print_tree
from orgledger.cli.facts import Shown, shown
from orgledger.cli.words import _, chinese
from orgledger.demo.changes import Step, later_steps, steps
from orgledger.demo.company import NAME, company
from orgledger.demo.delivering import deliver, show_plan, show_status
from orgledger.demo.following import Place, follow, settled
from orgledger.demo.sisters import Sister, sisters
from orgledger.demo.targets import targets
from orgledger.engine.auditing import caught_up
from orgledger.engine.pull import Outcome, Pull
from orgledger.live.beside import beside
from orgledger.simulators import SIMULATORS
from projections.org_tree.diff import diff

ORG = "feifan"
SYSTEM = "dingtalk-main"
_PORT, _SERVE = 18473, 18480
_SECRET = "simulated-secret"  # noqa: S105 - opens nothing but the simulator
_CONFIG = """\
# Written by 'orgledger demo'. The simulator is played with:
#   orgledger simulate dingtalk --roster {roster} --port {port} \\
#     --name '飞帆科技 Feifan'

[log]
url = "embedded"

[serve]
port = {serve}

[orgs.feifan]
name = "飞帆科技 Feifan"
source = "dingtalk-main"
timezone = "Asia/Shanghai"

[systems.dingtalk-main]
type = "dingtalk"
org = "feifan"
app_key = "dingsimulatedapp"
app_secret = {{ file = "secret" }}
callback_token = {{ file = "secret-callback-token" }}
callback_aes_key = {{ file = "secret-callback-key" }}
base_url = "http://127.0.0.1:{port}"
api_url = "http://127.0.0.1:{port}"
rate = 1000                   # the simulator has no limit; DingTalk's is 20
max_rate = 0
"""


def play(folder: Path, *, fresh: bool = True) -> None:
    """Play it in ``folder``; ``fresh`` begins with an empty log."""
    begun = perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    if fresh:
        _clear(folder / ".orgledger")
    port, serve = _free_port(_PORT), _free_port(_SERVE)
    service = f"http://127.0.0.1:{serve}"
    path = folder / configuration.FILE
    settings, create = SIMULATORS["dingtalk"]
    told = settings(org_name=NAME, callback_url=f"{service}/callbacks/{SYSTEM}")
    text = _CONFIG.format(port=port, serve=serve, roster=folder / "roster.json")
    secrets = {
        "secret": _SECRET,
        "secret-callback-token": told.callback_token,
        "secret-callback-key": told.callback_aes_key,
    }
    roster = company()
    simulator = create(told, roster)
    with (
        running(simulator, port),
        targets(ORG) as (playing, missing),
        sisters(service) as others,
    ):
        sections = [text, *(p.section for p in playing), *(s.section for s in others)]
        path.write_text("\n".join(sections), encoding="utf-8")
        secrets |= {target.file: target.secret for target in playing}
        for sister in others:
            secrets |= sister.secrets
        for file, secret in secrets.items():
            (folder / file).write_text(secret, encoding="utf-8")
        with open_service(configuration.load(path)) as opened:
            _chapter("1", "first full sync", "首次全量同步")
            first = _sync(opened, quietly=False)
            before = opened.ledger.head
            _chapter("2", "the same organization elsewhere", "把同一个组织送到其他系统")
            deliver(opened, playing, missing)
            _chapter("3", "a dozen changes, as they arrive in the log", "十二个变更，逐一进入日志")
            for number, step in enumerate(steps(roster), 1):
                _change(opened, simulator, number, step)
            _look_back(opened, before)
            _chapter("8", "the changes, planned for a target", "为目标系统制定的变更计划")
            show_plan(opened, playing[0].name)
            _chapter("9", "… and brought to all of them", "变更送达所有目标系统")
            deliver(opened, playing, missing)
            _chapter(
                "10", "the service follows: nobody syncs any more", "服务实时跟随，无需再手动同步"
            )
            places = [
                Place(ORG, SYSTEM, simulator, later_steps(roster)),
                *(Place(s.org, s.system, s.app, s.steps) for s in others),
            ]
            _live(opened, serve, others, places)
            _chapter("11", "the sync state of every target", "各目标系统的同步状态")
            show_status(opened)
            after = simulator.provider.roster(own_ids=False, system_roles=False)
    (folder / "roster.json").write_bytes(msgspec.json.format(msgspec.json.encode(after)))
    _farewell(folder, port, first, perf_counter() - begun)


def _live(opened: Service, port: int, others: Sequence[Sister], places: Sequence[Place]) -> None:
    screen.say(f"$ orgledger serve --port {port}", style="dim")
    with beside(opened, port):
        settled(opened, others)
        screen.say(_("… and the milliseconds until each target has it:"), style="dim")
        times = sorted(follow(opened, places))
    if times:
        median = times[len(times) // 2]
        said = _("{n} deliveries, median {ms} ms", n=len(times), ms=f"{median:.0f}")
        screen.say(said, style="green")


def _clear(data: Path) -> None:
    """Drop the log of an earlier demo, unless somebody still looks at it."""
    if not data.exists():
        return
    attach(data).close()  # whoever leaves last stops the server, also one left by a killed command
    if alive(data):
        raise ConfigError(
            f"another command still uses the demo in {data.parent}",
            fix="End it, or name another folder with --folder.",
        )
    shutil.rmtree(data)


def _free_port(usual: int) -> int:
    """The demo's usual port, or any free one when it is taken."""
    for port in (usual, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("no free port on loopback")  # pragma: no cover


def _chapter(number: str, english: str, han: str) -> None:
    title = han if chinese() else english
    screen.out.print()
    screen.out.print(Rule(Text(f"{number}. {title}", style="bold"), align="left"))


def _sync(opened: Service, *, quietly: bool) -> Outcome:
    feed = opened.feed(opened.config.system(SYSTEM))

    async def work() -> Outcome:
        with screen.progress(quiet=quietly) as report:
            pull = Pull(opened.ledger, opened.views, feed, actor="demo", progress=report)
            try:
                return await pull.execute()
            finally:
                await feed.source.close()

    outcome = asyncio.run(work())
    if not quietly:
        said = _(
            "read {read}, kept {kept}, {n} events appended",
            read=sum(outcome.read.values()),
            kept=sum(outcome.kept.values()),
            n=outcome.appended,
        )
        calls = f"{_('Calls')}: {outcome.calls}"
        screen.say(f"{SYSTEM} → {ORG}: {said}; {calls}", style="green")
    return outcome


def _change(opened: Service, simulator: SimulatorApp, number: int, step: Step) -> None:
    head = opened.ledger.head
    simulator.provider.change(step.change)
    _sync(opened, quietly=True)
    screen.say(f"{number:>2}. {step.zh if chinese() else step.en}", style="bold")
    directory = opened.views.directory(ORG)
    zone = opened.config.zone(ORG)
    for batch in opened.ledger.read(head, scope=ORG):
        for entry in batch:
            if entry.fact.KIND != "run":
                _event(entry, shown(entry, directory, zone))


def _event(entry: Entry, line: Shown) -> None:
    text = Text(f"    {entry.position:>5} ", style="dim")
    text.append(f"{entry.fact.TOPIC:<24} ", style="cyan")
    text.append(f"{line.name}  {line.text}")
    screen.out.print(text)


def _look_back(opened: Service, before: int) -> None:
    then, now = opened.views.directory(ORG, before), opened.views.directory(ORG)
    _chapter("4", f"the tree before (position {before})", f"变更前的组织树（位置 {before}）")
    print_tree(then, before, branch="研发中心 R&D", limit=0)
    _chapter("5", "the tree now", "现在的组织树")
    print_tree(now, opened.ledger.head, branch="研发中心 R&D", limit=0)
    _chapter("6", "what is different", "差异")
    print_changes(diff(then, now))
    _chapter("7", "answers from the audit", "审计问答")
    with (
        screen.progress(quiet=True) as report,
        caught_up(opened.ledger, opened.config.data, report) as audit,
    ):
        for name, given in (
            ("department_moves", {}),
            ("member_history", {"member": "ff9001"}),
            ("members_in_many_departments", {"more_than": "1"}),
        ):
            asked = " ".join(f"-p {key}={value}" for key, value in given.items())
            screen.say(f"$ orgledger audit --question {name} {asked}", style="dim")
            answer = audit.ask(name, **completed(name, {**given, "org": ORG}, opened.config))
            rows = answer.rows()[:PEOPLE_SHOWN]
            show_answer(answer.columns, rows, opened.config.zone(ORG), json=False)


def _farewell(folder: Path, port: int, first: Outcome, seconds: float) -> None:
    _chapter("12", "yours to explore", "接下来可以试试")
    cli = ".venv/bin/orgledger" if Path(".venv/bin/orgledger").exists() else "orgledger"
    command = f"{cli} -c {folder / configuration.FILE}"
    tries = [
        ("the whole tree now", "当前组织树", f"{command} tree {ORG}"),
        ("… and after the first sync", "首次同步时", f"{command} tree {ORG} --at {first.run}"),
        ("what changed since", "此后的变化", f"{command} diff {ORG} --from {first.run}"),
        ("find somebody by initials", "按拼音首字母查人", f"{command} search {ORG} oyxy"),
        ("one person's history", "某人的全部历史", f"{command} member {ORG} ff9001 --history"),
        ("every run", "全部同步记录", f"{command} runs"),
        ("how far the targets are", "各目标系统的进度", f"{command} status"),
        ("one person as a target gets them", "某人在目标系统中的样子",
         f"{command} check casdoor --member ff9001"),
        ("named questions", "审计问题清单", f"{command} audit"),
        ("your own SQL", "自己写 SQL",
         f'{command} audit "select kind, name, count(*) from events group by all order by 3 desc"'),
        ("play DingTalk again, then sync", "再次启动模拟的钉钉，然后同步",
         f"{cli} simulate dingtalk --roster {folder / 'roster.json'} --port {port} "
         f"--name '{NAME}' & "
         f"sleep 1; {command} sync {SYSTEM}"),
    ]  # fmt: skip
    for english, han, line in tries:
        screen.say(f"# {han if chinese() else english}", style="dim")
        screen.say(line)
    screen.out.print()
    took = f"演示用时 {seconds:.0f} 秒。" if chinese() else f"The demo took {seconds:.0f} s."
    screen.say(took, style="green")
