"""Check of a source: can we get in, what is there to be seen, and what is hidden. Blocking."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from adapters.ldap.check import encryption, ok, trouble
from adapters.ldap.client import PAGE, PAGING, LdapClient
from adapters.ldap.containers import no_base
from adapters.ldap.source_listing import Lister, no_place
from adapters.ldap.source_profiles import Profile, reads_roles
from adapters.ldap.wire import Entry
from domain.errors import SystemFault
from domain.ports import Finding

SAMPLE = PAGE
"""So many people are looked at for what they show: one page."""

MOST = 20_000
"""Counting ends here, so that a check answers soon."""

WORDS = {"member": "people", "department": "departments", "role": "roles"}
PLACES = {"member": "people", "department": "departments", "role": "roles"}


def check(client: LdapClient, profile: Profile, lister: Lister) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    try:
        root = client.root()
    except SystemFault as fault:
        return [trouble("credentials", fault)]
    findings = [ok("credentials", "The directory accepts bind_dn and bind_password.")]
    findings += encryption(client)
    base = client.settings.base_dn
    try:
        if client.get("LDAP search, base_dn", base, ()) is None:
            return [*findings, trouble("base_dn", no_base("LDAP search", base))]
        findings.append(ok("base_dn", f"{base} is there."))
        findings += _paging(root)
    except SystemFault as fault:
        return [*findings, trouble("directory", fault)]
    kinds = ["department", "member"] + (["role"] if reads_roles(client.settings) else [])
    for kind in kinds:
        findings.append(_count(client, profile, kind))
    if not reads_roles(client.settings):
        text = "No roles are read: it is not said which groups are roles."
        findings.append(
            Finding(level="ok", subject="roles", text=text,
                    fix="If there are any, set roles (a place) or filters.role.")
        )  # fmt: skip
    try:
        findings += _shown(client, profile, lister)
    except SystemFault as fault:
        findings.append(trouble("attributes", fault))
    return findings


def _paging(root: Entry | None) -> list[Finding]:
    """Whether the server gives results in pages; many do not show their rootDSE."""
    controls = root.texts("supportedControl") if root is not None else []
    if not controls or PAGING in controls:
        return []
    return [
        Finding(
            level="warning", subject="paging",
            text="The server does not give results in pages (RFC 2696).",
            fix="Its size limit for bind_dn must be above the number of entries.",
        )
    ]  # fmt: skip


def _count(client: LdapClient, profile: Profile, kind: str) -> Finding:
    """How many entries of a kind are to be seen."""
    place, words = client.settings.place(PLACES[kind]), WORDS[kind]
    try:
        if client.get(f"LDAP search, {words}", place, ()) is None:
            return trouble(words, no_place(kind, place))
        found = client.search(f"LDAP search, {words}", place, profile.filters[kind], ("1.1",))
        count = sum(1 for _ in islice(found, MOST))
    except SystemFault as fault:
        return trouble(words, fault)
    if not count:
        return Finding(
            level="warning", subject=words, text=f"No {words} are to be seen below {place}.",
            fix=f"Check {PLACES[kind]}, profile, tree, filters.{kind}, and what bind_dn may see.",
        )  # fmt: skip
    more = "at least " if count == MOST else ""
    return ok(words, f"{more}{count} {words} are to be seen below {place}.".capitalize())


def _shown(client: LdapClient, profile: Profile, lister: Lister) -> list[Finding]:
    """Which attributes people show, by a sample; those that nobody does, one by one."""
    place, filter_ = client.settings.place("people"), profile.filters["member"]
    names = {**profile.attributes["member"], "active": lister.state}
    names = {field: attributes for field, attributes in names.items() if attributes}
    wanted = tuple(dict.fromkeys(name for several in names.values() for name in several))
    sample = list(islice(client.search("LDAP search, people", place, filter_, wanted), SAMPLE))
    if not sample:
        return []
    lacking = sum(not entry.uuid for entry in sample)
    findings = []
    if lacking and not profile.attributes["member"].get("id"):
        findings.append(
            Finding(
                level="error", subject=client.id_attribute,
                text=f"{lacking} of {len(sample)} people show no {client.id_attribute}, by which"
                " they are known.",
                fix="Let bind_dn read it, or say attributes.member.id.",
            )
        )  # fmt: skip
    seen = Counter(name for entry in sample for name in entry.values)
    findings += [
        _attribute(client, lister, field, attributes, max(seen[n.lower()] for n in attributes),
                   len(sample))
        for field, attributes in names.items()
    ]  # fmt: skip
    return findings


def _attribute(
    client: LdapClient, lister: Lister, field: str, names: tuple[str, ...], count: int, of: int
) -> Finding:
    place = client.settings.place("people")
    filter_ = lister.people_filter
    words = " or ".join(names)
    if count or not lister.hidden(place, filter_, names):
        return ok(f"attribute {words}", f"{count} of {of} people looked at show it ({field}).")
    return Finding(
        level="warning", subject=f"attribute {words}",
        text=f"None of {of} people looked at show it ({field}): it is hidden from bind_dn, or"
        " nobody has it. It counts as unknown, not as empty.",
        fix="Let bind_dn read it, or name another attribute in attributes.member.",
    )  # fmt: skip
