"""The whole site: its organizations, groups, users and roles, and the time there."""

from __future__ import annotations

from datetime import UTC, datetime

from adapters.casdoor.simulator.account_items import default_items
from adapters.casdoor.simulator.fields import ORGANIZATION, Row
from adapters.casdoor.simulator.groups import Groups
from adapters.casdoor.simulator.people import People
from adapters.casdoor.simulator.role_book import RoleBook
from adapters.casdoor.simulator.settings import CasdoorSettings
from adapters.casdoor.simulator.signin import Tokens
from adapters.casdoor.simulator.table import Table
from adapters.simulation.clock import Clock

SITE = "admin"
"""The owner of every organization and application."""


class World:
    """One site with one application."""

    def __init__(self, settings: CasdoorSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.tokens = Tokens(self.clock)
        self.organizations = Table(ORGANIZATION)
        self.groups = Groups(unique=settings.unique_group_names)
        self.people = People()
        self.roles = RoleBook()
        self.organizations.insert(self._own_organization(self.now(), "built-in", "Built-in"))
        own = self._own_organization(self.now(), settings.organization, settings.org_name)
        self.organizations.insert(own)

    def now(self) -> str:
        """The time as Casdoor writes it, to the second."""
        return datetime.fromtimestamp(int(self.clock.now()), UTC).isoformat().replace("+00:00", "Z")

    def organization(self, name: str) -> Row | None:
        """The organization of this name."""
        return self.organizations.get(SITE, name)

    def has_application(self, organization: str) -> bool:
        """Say whether the organization has an application, which its users need."""
        own = organization == self.settings.organization and self.settings.has_application
        return own or organization == "built-in"

    def reconfigure(self, settings: CasdoorSettings) -> None:
        """Put other settings in force; those of the organization go into its row."""
        before = self.organization(self.settings.organization)
        self.settings = settings
        self.groups.unique = settings.unique_group_names
        if before is None:
            return
        own = self._own_organization(before["createdTime"], before["name"], settings.org_name)
        self.organizations.replace(before, {**before, **own})

    def _own_organization(self, created: str, name: str, display_name: str) -> Row:
        settings = self.settings
        return {
            "owner": SITE,
            "name": name,
            "createdTime": created,
            "displayName": display_name,
            "passwordType": "bcrypt",
            "passwordOptions": ["AtLeast6"],
            "countryCodes": list(settings.country_codes),
            "languages": ["en", "zh"],
            "balanceCurrency": "USD",
            "enableSoftDeletion": settings.soft_deletion,
            "useEmailAsUsername": settings.email_as_username,
            "accountItems": default_items(settings.account_rules),
        }
