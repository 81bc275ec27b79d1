"""What one service can do, as it says itself (RFC 7644, section 4), read before anything else."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from adapters.http import decoded, decoder
from adapters.scim import wire
from adapters.scim.client import ScimClient
from adapters.scim.errors import Unsupported
from adapters.scim.mapping import Place
from domain.errors import AbsentFault, CredentialFault, TerminalFault

T = TypeVar("T")

READ_ONLY = "readOnly"
FORBIDDEN = "403"
"""If the token permits nothing at all, the first list says so as well."""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be known to write to a service.

    ``bulk_operations`` and ``bulk_bytes`` limit one bulk request; 0 operations: no bulk.
    ``groups`` is the endpoint of groups, None where it has none. ``attributes`` has, by schema,
    the attributes with their sub-attributes that can be written (lower case); a schema that the
    service does not describe is taken at its word. ``required`` must be given for a person.
    """

    patch: bool
    bulk_operations: int
    bulk_bytes: int
    filter: bool
    page: int
    etag: bool
    users: str
    groups: str | None
    extensions: frozenset[str] | None
    attributes: dict[str, frozenset[str]]
    required: tuple[str, ...]

    def takes(self, where: Place, schema: str = wire.USER) -> bool:
        """Whether a field has a place there; ``schema`` is the resource's own."""
        named = where.schema or schema
        if where.schema and self.extensions is not None and named.lower() not in self.extensions:
            return False
        known = self.attributes.get(named.lower())
        if known is None:
            return True
        sub = where.sub if where.way == "plain" else ""
        return f"{where.attribute}.{sub}".lower().rstrip(".") in known


PAGE = 500
"""Resources per page, unless the service gives fewer."""


async def discover(client: ScimClient) -> Service:
    """Ask the service. An endpoint that it lacks leaves what RFC 7644 takes for usual.

    Raises CredentialFault, or another SystemFault when it cannot be reached.
    """
    config = await _optional(client, "/ServiceProviderConfig", wire.ServiceProviderConfig)
    types = await _listed(client, "/ResourceTypes", wire.ResourceType)
    schemas = await _listed(client, "/Schemas", wire.Schema)
    by_schema = {kind.schema.lower(): kind for kind in types}
    people, groups = by_schema.get(wire.USER.lower()), by_schema.get(wire.GROUP.lower())
    usual = wire.ServiceProviderConfig(patch=wire.Supported(supported=True))
    can = config or usual
    extensions = None
    if people is not None:
        extensions = frozenset(e.schema.lower() for e in people.schemaExtensions or ())
    return Service(
        patch=can.patch.supported,
        bulk_operations=(can.bulk.maxOperations or PAGE) if can.bulk.supported else 0,
        bulk_bytes=can.bulk.maxPayloadSize,
        filter=can.filter.supported or config is None,
        page=min(can.filter.maxResults or PAGE, PAGE),
        etag=can.etag.supported,
        users=_endpoint(people) if people else "/Users",
        groups=_endpoint(groups) if groups else None if types else "/Groups",
        extensions=extensions,
        attributes={schema.id.lower(): _writable(schema) for schema in schemas},
        required=tuple(
            name
            for schema in schemas
            if schema.id.lower() == wire.USER.lower()
            for name in _required(schema.attributes)
        ),
    )


def _endpoint(kind: wire.ResourceType) -> str:
    """Relative to the base, with one slash; some services give the whole address."""
    return "/" + kind.endpoint.rstrip("/").rpartition("/")[2]


def _writable(schema: wire.Schema) -> frozenset[str]:
    names: list[str] = []
    for attribute in schema.attributes:
        if attribute.mutability == READ_ONLY:
            continue
        names.append(attribute.name)
        names += [
            f"{attribute.name}.{sub.name}"
            for sub in attribute.subAttributes or ()
            if sub.mutability != READ_ONLY
        ]
    return frozenset(name.lower() for name in names)


def _required(attributes: list[wire.Attribute], above: str = "") -> list[str]:
    """Attributes without which a person is refused, and of those the required parts."""
    names: list[str] = []
    for attribute in attributes:
        if attribute.required and attribute.mutability != READ_ONLY:
            parts = _required(attribute.subAttributes or [], f"{attribute.name}.")
            names += parts or [above + attribute.name]
    return names


async def _optional(client: ScimClient, path: str, shape: type[T]) -> T | None:
    try:
        return await client.get(path, decoder(shape))
    except (AbsentFault, Unsupported):
        return None
    except CredentialFault as fault:
        if fault.code != FORBIDDEN:
            raise
        return None  # a gateway's word for no such path, or for a token of lists only


async def _listed(client: ScimClient, path: str, shape: type[T]) -> list[T]:
    """The entries of a discovery endpoint, those that can be read."""
    page = await _optional(client, path, wire.ListResponse)
    found: list[T] = []
    entries = decoder(shape)
    for row in page.Resources or [] if page else []:
        try:
            found.append(decoded(entries, msgspec.json.encode(row)))
        except msgspec.ValidationError as error:
            raise TerminalFault(
                f"{client.name} answered GET {path} in an unknown shape",
                why=str(error),
                fix="Check base_url: is this a SCIM 2.0 service?",
                code="shape",
            ) from None
    return found
