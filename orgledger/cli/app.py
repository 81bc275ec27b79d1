"""The command line: the application that the commands join, and how it ends."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import click
import typer

from domain.errors import OrgledgerError
from orgledger import config as configuration
from orgledger.bootstrap import Service, open_service
from orgledger.cli import screen

app = typer.Typer(
    name="orgledger",
    help="The organization, remembered: sync departments, members and roles, and see, replay "
    "and query every change. 组织架构同步与审计。",
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


def load_config() -> configuration.Config:
    """The configuration that the user named; warnings go to stderr."""
    loaded = configuration.load(configuration.find(_config_path))
    for warning in loaded.warnings:
        screen.err.print(f"warning: {warning}", style="yellow", markup=False)
    return loaded


def config_path() -> Path:
    """Where the configuration is, or should be."""
    return configuration.find(_config_path)


@contextmanager
def service() -> Iterator[Service]:
    """The configured service with its log open."""
    with open_service(load_config()) as opened:
        yield opened


def actor() -> str:
    """Who sits at this command line."""
    try:
        return f"user:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"user:{os.getuid()}"


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 usage, 3 held."""
    try:
        result = app(arguments, standalone_mode=False)
    except OrgledgerError as error:
        screen.err.print(f"error: {error}", style="red", markup=False)
        return error.exit_code
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.UsageError as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0
