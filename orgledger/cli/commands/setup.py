"""Begin: init, demo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from domain.errors import ConfigError
from orgledger.cli import screen
from orgledger.cli.app import Json, app
from orgledger.cli.session import config_path
from orgledger.cli.words import _
from orgledger.config import FILE
from orgledger.configured import ID

_TEMPLATE = """\
# orgledger: see README.md for a tour, docs/reference/configuration.md for every key.

[log]
url = "embedded"              # or "nats://a:4222,nats://b:4222"
data = ".orgledger"

[orgs.{org}]
name = {name}
source = "dingtalk-main"      # the system that owns this organization
timezone = "Asia/Shanghai"

[systems.dingtalk-main]
type = "dingtalk"
org = "{org}"
app_key = "dingxxxxxxxx"      # Client ID of the internal app
app_secret = {{ env = "DINGTALK_SECRET" }}

# What one reading may take away without being asked; more is held until you approve it.
# [systems.dingtalk-main.guard]
# members = {{ count = 5, percent = 20 }}

# An HR export instead of a provider: make it the source above.
# [systems.hr]
# type = "roster"
# org = "{org}"
# path = "roster.json"        # or .xlsx, or .csv
"""


@app.command()
def init(
    org: Annotated[str, typer.Option("--org", help="The organization's id.")] = "acme",
    name: Annotated[str, typer.Option("--name", help="Its display name.")] = "Acme",
    as_json: Json = False,
) -> None:
    """Write a first configuration file."""
    if not ID.fullmatch(org):
        raise ConfigError(f"{org!r} cannot be an id", fix="Use a-z, 0-9, '-' and '_' only.")
    path = config_path()
    if path.exists():
        raise ConfigError(
            f"{path} exists already", fix="Edit it, or name another with --config FILE."
        )
    # What JSON escapes in a text, TOML escapes in the same way; DEL is TOML's own.
    text = json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
    path.write_text(_TEMPLATE.format(org=org, name=text), encoding="utf-8")
    if as_json:
        screen.emit_json({"created": str(path)})
        return
    screen.say(_("created {path}", path=path))
    screen.say(_("Write your app's key in it, set DINGTALK_SECRET, then: orgledger check"))


@app.command()
def demo(
    fresh: Annotated[
        bool, typer.Option("--fresh/--keep", help="Begin anew, or go on with the last one.")
    ] = True,
    folder: Annotated[Path, typer.Option("--folder", help="Where to leave it.")] = Path("demo"),
    as_json: Json = False,
) -> None:
    """Play a company in a simulated DingTalk, sync it, change it, and look back."""
    from orgledger.demo import play  # heavy: servers, simulator, audit

    screen.out.stderr = as_json
    play(folder, fresh=fresh)
    if as_json:
        screen.emit_json(
            {"config": str(folder / FILE), "roster": str(folder / "roster.json"), "org": "feifan"}
        )
