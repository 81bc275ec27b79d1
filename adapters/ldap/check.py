"""Check: can we get in, is the base there, does the schema have what we write. Blocking.

The permission to write is not probed, because the only way to probe it is to write.
"""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

from adapters.ldap.capabilities import Shape
from adapters.ldap.client import LdapClient
from adapters.ldap.containers import no_base
from adapters.ldap.wire import MARK_CLASS, Entry
from domain.errors import OrgledgerError, SystemFault
from domain.ports import Finding

NOBODY = "00000000-0000-0000-0000-000000000000"
"""An entryUUID that no entry has."""

SLOW_SECONDS = 0.2

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_NAMES = re.compile(r"NAME \(? ?((?:'[^']+' ?)+)")

CLASSES = ("inetOrgPerson", "groupOfUniqueNames", "organizationalUnit", MARK_CLASS)

CLOSING = {
    "shadowExpire": ("shadowAccount", "Load the nis schema, or set disabled to another way."),
    "nsAccountLock": ("nsAccountLock", "Set disabled to another way: this server is not 389's."),
    "pwdAccountLockedTime": (
        "pwdAccountLockedTime",
        "Load the overlay ppolicy, or set disabled to another way.",
    ),
}


def check(client: LdapClient, shape: Shape) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    try:
        root = client.root()
    except SystemFault as fault:
        return [trouble("credentials", fault)]
    findings = [ok("credentials", "The directory accepts bind_dn and bind_password.")]
    findings += encryption(client)
    settings = client.settings
    try:
        base = client.get("LDAP search, base_dn", settings.base_dn, ())
        if base is None:
            return [*findings, trouble("base_dn", no_base("LDAP search", settings.base_dn))]
        findings.append(ok("base_dn", f"{settings.base_dn} is there."))
        findings += _uuids(client, base)
        findings += [_place(client, name) for name in _places(client, shape)]
        findings += _schema(client, root)
    except SystemFault as fault:
        findings.append(trouble("directory", fault))
    return findings


def encryption(client: LdapClient) -> list[Finding]:
    parts = urlsplit(client.settings.url)
    if parts.scheme == "ldaps" or client.settings.start_tls:
        if client.settings.tls_verify:
            return [ok("encryption", "The connection is encrypted, the certificate is trusted.")]
        return [
            Finding(
                level="warning", subject="encryption",
                text="The connection is encrypted, but any server would be believed.",
                fix="Set ca_file and remove tls_verify = false.",
            )
        ]  # fmt: skip
    if parts.hostname in LOOPBACK:
        return []
    return [
        Finding(
            level="warning", subject="encryption",
            text="The password and all data go over the network unencrypted.",
            fix="Set start_tls = true, or use an ldaps:// url.",
        )
    ]  # fmt: skip


def _uuids(client: LdapClient, base: Entry) -> list[Finding]:
    if not base.uuid:
        return [
            Finding(
                level="error", subject="entryUUID",
                text="The directory shows no entryUUID (RFC 4530), by which entries are known.",
                fix="Let bind_dn read it (OpenLDAP and 389 Directory Server have it).",
            )
        ]  # fmt: skip
    began = time.monotonic()
    list(client.by_uuid("LDAP search, entryUUID", [NOBODY]))
    if time.monotonic() - began < SLOW_SECONDS:
        return []
    return [
        Finding(
            level="warning", subject="entryUUID",
            text="Looking an entry up by its entryUUID is slow.",
            fix="Add an index (OpenLDAP: olcDbIndex: entryUUID eq).",
        )
    ]  # fmt: skip


def _places(client: LdapClient, shape: Shape) -> list[str]:
    names = ["people", "departments", "roles"]
    names += ["groups"] if shape.grouped else []
    return names + (["leavers_ou"] if client.settings.disabled == "ou" else [])


def _place(client: LdapClient, name: str) -> Finding:
    dn = client.settings.place(name)
    if client.get(f"LDAP search, {name}", dn, ()) is None:
        return ok(name, f"{dn} is absent and will be made.")
    return ok(name, f"{dn} is there.")


def _schema(client: LdapClient, root: Entry | None) -> list[Finding]:
    """What the schema lacks; nothing where it does not show itself."""
    where = root.texts("subschemaSubentry") if root is not None else []
    wanted = ("objectClasses", "attributeTypes")
    schema = client.get("LDAP search, schema", where[0], wanted) if where else None
    if schema is None or not schema.values.get("objectclasses"):
        return []
    known = {
        name.lower()
        for attribute in wanted
        for text in schema.texts(attribute)
        for names in _NAMES.findall(text)
        for name in re.findall(r"'([^']+)'", names)
    }
    needed = dict.fromkeys(CLASSES, "Load the schemas core, cosine and inetorgperson.")
    if closing := CLOSING.get(client.settings.disabled):
        needed[closing[0]] = closing[1]
    lacking = {name: fix for name, fix in needed.items() if name.lower() not in known}
    if not lacking:
        return [ok("schema", "The schema has everything that is written.")]
    return [
        Finding(level="error", subject="schema", text=f"The schema has no {name}.", fix=fix)
        for name, fix in lacking.items()
    ]


def ok(subject: str, text: str) -> Finding:
    return Finding(level="ok", subject=subject, text=text)


def trouble(subject: str, fault: OrgledgerError) -> Finding:
    what = f"{fault.what}: {fault.why}" if fault.why else fault.what
    return Finding(level="error", subject=subject, text=f"{what}.", fix=fault.fix)
