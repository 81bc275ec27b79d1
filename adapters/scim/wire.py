"""SCIM messages as they go over the wire (RFC 7643, sections 5 to 7; RFC 7644, section 3).

Decoded leniently: services send numbers for the string ``status``, and leave out what they like.
A resource itself stays a plain dictionary, because its attributes are the service's own.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

import msgspec

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

_MESSAGES = "urn:ietf:params:scim:api:messages:2.0:"
PATCH_OP, BULK_REQUEST = _MESSAGES + "PatchOp", _MESSAGES + "BulkRequest"

MEDIA_TYPE = "application/scim+json"

Resource = dict[str, Any]


class Supported(msgspec.Struct, gc=False):
    supported: bool = False


class BulkSupport(Supported, gc=False):
    """``maxPayloadSize`` in bytes; 0 means that no limit was given."""

    maxOperations: int = 0  # noqa: N815 - the RFC's name
    maxPayloadSize: int = 0  # noqa: N815 - the RFC's name


class FilterSupport(Supported, gc=False):
    maxResults: int = 0  # noqa: N815 - the RFC's name


class ServiceProviderConfig(msgspec.Struct, gc=False):
    """What the service can do (RFC 7643, section 5)."""

    patch: Supported = msgspec.field(default_factory=Supported)
    bulk: BulkSupport = msgspec.field(default_factory=BulkSupport)
    filter: FilterSupport = msgspec.field(default_factory=FilterSupport)
    etag: Supported = msgspec.field(default_factory=Supported)


class Extension(msgspec.Struct, gc=False):
    schema: str


class ResourceType(msgspec.Struct, gc=False):
    """A kind of resource and where it lives (RFC 7643, section 6)."""

    schema: str
    endpoint: str
    schemaExtensions: list[Extension] | None = None  # noqa: N815 - the RFC's name


class Attribute(msgspec.Struct, gc=False):
    """``mutability`` is readOnly, readWrite, immutable or writeOnly (RFC 7643, section 7)."""

    name: str
    mutability: str = "readWrite"
    required: bool = False
    subAttributes: list[Attribute] | None = None  # noqa: N815 - the RFC's name


class Schema(msgspec.Struct, gc=False):
    id: str
    attributes: list[Attribute] = []


class ListResponse(msgspec.Struct, gc=False):
    """One page; ``totalResults`` counts what is there, not what came."""

    totalResults: int = 0  # noqa: N815 - the RFC's name
    Resources: list[Any] | None = None


class Error(msgspec.Struct, gc=False):
    """``detail`` is left out: it may quote what was sent, and that is personal."""

    status: int | str | None = None
    scimType: str | None = None  # noqa: N815 - the RFC's name


class BulkRow(msgspec.Struct, gc=False):
    """The outcome of one operation of a bulk request."""

    status: Any = None
    method: str = ""
    bulkId: str | None = None  # noqa: N815 - the RFC's name
    version: str | None = None
    location: str | None = None
    response: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def code(self) -> int:
        """The status as a number; 0 where it says none. Early drafts had ``{"code": "201"}``."""
        told = str(self.status.get("code") if isinstance(self.status, dict) else self.status)
        return int(told) if told.isdecimal() else 0


class BulkResponse(msgspec.Struct, gc=False):
    Operations: list[BulkRow] = []


class Call(msgspec.Struct, frozen=True):
    """A write. ``path`` is relative to the base (``/Users/2819c223``), ``version`` an etag."""

    method: str
    path: str
    data: Resource | None = None
    version: str = ""

    @property
    def what(self) -> str:
        """How errors call it."""
        return f"{self.method} {self.path}"


class Done(msgspec.Struct, frozen=True):
    """A write that was carried out; ``version`` is the new etag where the service told it."""

    id: str
    version: str = ""


def path_of(endpoint: str, remote: str) -> str:
    """The path of one resource."""
    return f"{endpoint}/{quote(remote, safe='')}"


def id_in(location: str) -> str:
    """The id at the end of a resource's address."""
    return unquote(location.rstrip("/").rpartition("/")[2])


def patch(operations: list[Resource]) -> Resource:
    """The body of a PATCH (RFC 7644, section 3.5.2)."""
    return {"schemas": [PATCH_OP], "Operations": operations}


def quoted(text: str) -> str:
    """A string in a filter: it is a JSON string (RFC 7644, section 3.4.2.2)."""
    return msgspec.json.encode(text).decode()


def version_of(resource: Resource) -> str:
    """The etag of a resource; empty where the service has none."""
    meta = resource.get("meta")
    version = meta.get("version") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else ""
