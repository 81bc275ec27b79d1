"""What a command begins with: the configuration, the open log, and who sits there."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.directory import Directory
from domain.errors import ConfigError
from orgledger import config as configuration
from orgledger.bootstrap import Service, open_service
from orgledger.cli import screen
from orgledger.cli.app import named_config
from orgledger.cli.words import _
from orgledger.config import nearest
from orgledger.engine.when import position
from projections.org_tree.fold import OrgTree


def config_path() -> Path:
    """Where the configuration is, or should be."""
    return configuration.find(named_config())


def load_config() -> configuration.Config:
    """The configuration that the user named; warnings go to stderr."""
    loaded = configuration.load(config_path())
    for warning in loaded.warnings:
        screen.warn(f"{_('warning')}: {warning}")
    return loaded


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


def must_be_known(opened: Service, org: str | None, tree: OrgTree) -> None:
    """Raise ConfigError for an organization that neither the log nor the configuration has."""
    known = sorted({*tree.directories, *opened.config.orgs})
    if org is not None and org not in known:
        raise ConfigError(
            f"there is no organization {org!r}{nearest(org, known)}",
            fix="'orgledger check' shows what is configured.",
        )


def directory_at(opened: Service, org: str, when: str | None) -> tuple[Directory, int]:
    """The organization at ``when`` (now by default), and the position that this is."""
    at = None if when is None else position(when, opened.views, opened.config.zone(org))
    tree = opened.views.tree(at)
    if org not in tree.directories:
        must_be_known(opened, org, tree if at is None else opened.views.tree())
    return tree.directory(org), tree.position
