"""The command line: the application that the commands join, and how it ends.

Only what ``--help`` needs is imported here; each command's module brings the rest when it is
called (it takes a second to load them all).
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from domain.errors import OrgledgerError
from orgledger.cli.commands import COMMANDS
from orgledger.cli.words import _

TRACEBACK = "ORGLEDGER_TRACEBACK"
"""The variable that asks for the whole story of an error that nobody expected."""


class CommandGroup(TyperGroup):
    """Knows the commands by name and loads the module of the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            from orgledger.config import nearest  # heavy, and needed on this way only

            ctx.fail(f"there is no command {cmd_name!r}{nearest(cmd_name, list(COMMANDS))}")
        if cmd_name not in self.commands:
            import_module(f"orgledger.cli.commands.{COMMANDS[cmd_name].module}")
            self.commands = get_group(app).commands
        command = self.commands[cmd_name]
        command.help = _(COMMANDS[cmd_name].help)
        for parameter in command.params:
            said = getattr(parameter, "help", None)
            if said:
                parameter.help = _(said)  # type: ignore[attr-defined]
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The list of commands, from the table: no module is loaded for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _(command.help)) for name, command in COMMANDS.items()])

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader of a pipe has seen enough
            _silence()
            return 0


def _end(code: Any, **_options: Any) -> None:
    """A command that returns a number ends the process with it."""
    if code:
        raise typer.Exit(code)


app = typer.Typer(
    name="orgledger",
    cls=CommandGroup,
    help="The organization, remembered: sync departments, members and roles, and see, replay "
    "and query every change. 组织架构同步与审计。",
    result_callback=_end,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]

_config_path: str | None = None


@app.callback()
def main_options(
    config: Annotated[
        str | None, typer.Option("--config", "-c", help="The configuration file.")
    ] = None,
) -> None:
    """Options before the command."""
    global _config_path  # noqa: PLW0603 - typer has no other way to hand it to every command
    _config_path = config


def named_config() -> str | None:
    """The configuration file that the user named before the command."""
    return _config_path


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 usage, 3 held."""
    try:
        app(arguments, prog_name="orgledger")
    except SystemExit as stop:  # typer's way to end, also well
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except OrgledgerError as error:
        fail(str(error))
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        fail(f"{error.filename or _('a file')}: {error.strerror or type(error).__name__}")
        code = 1
    except Exception as error:  # the message of an error nobody expected may hold anything
        _unexpected(error)
        code = 1
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
    return code


def fail(text: str) -> None:
    """Say on stderr what stopped the work."""
    typer.secho(f"{_('error')}: {text}", fg="red", err=True)


def _unexpected(error: Exception) -> None:
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
        return
    last = traceback.extract_tb(error.__traceback__)[-1]
    fail(
        f"this is a bug in orgledger ({type(error).__name__} in {Path(last.filename).name}, "
        f"line {last.lineno}). Run it again with {TRACEBACK}=1 for the whole story."
    )


def _silence() -> None:
    """Let what is still to be written to the closed pipe go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
