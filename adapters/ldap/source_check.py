"""Check of a source: can we get in, what is there to be seen, and what is hidden. Blocking."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import islice

import msgspec

from adapters.http.findings import clock
from adapters.ldap import errors
from adapters.ldap.check import encryption, ok, trouble
from adapters.ldap.client import NO_ATTRIBUTES, PAGE, PAGING, LdapClient
from adapters.ldap.containers import no_base
from adapters.ldap.source_listing import Lister, no_place
from adapters.ldap.source_profiles import Profile, reads_roles
from adapters.ldap.wire import Entry
from domain.errors import AbsentFault, SystemFault
from domain.ports import Finding

SAMPLE = PAGE
"""So many people are looked at for what they show: one page."""

MOST = 20_000
"""Counting ends here, so that a check answers soon."""

WORDS = {"member": "people", "department": "departments", "role": "roles"}
PLACES = {"member": "people", "department": "departments", "role": "roles"}


def check(client: LdapClient, profile: Profile, lister: Lister, *, guessed: bool) -> list[Finding]:
    """All findings, in the order in which one would mend them; we are signed in.

    ``guessed``: the profile is not in the settings.
    """
    findings = [ok("credentials", "The directory accepts bind_dn and bind_password.")]
    findings += encryption(client)
    base = client.settings.base_dn
    try:
        if client.get("LDAP search, base_dn", base, ()) is None:
            return [*findings, trouble("base_dn", no_base("LDAP search", base))]
        findings.append(ok("base_dn", f"{base} is there."))
        findings.append(_profile(client, guessed=guessed))
        root = client.root()
        findings += [*_paging(root), *_clock(root)]
    except SystemFault as fault:
        return [*findings, trouble("directory", fault)]
    kinds = ["department", "member"] + (["role"] if reads_roles(client.settings) else [])
    for kind in kinds:
        findings += _count(client, profile, kind)
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


def _profile(client: LdapClient, *, guessed: bool) -> Finding:
    found = f'profile = "{client.settings.profile}", tree = "{client.settings.tree}"'
    if not guessed:
        return ok("profile", f"It is read with {found}.")
    return Finding(
        level="ok", subject="profile", text=f"By its looks it is read with {found}.",
        fix="Set both, so that it stays so.",
    )  # fmt: skip


def _clock(root: Entry | None) -> list[Finding]:
    """Whether the clocks agree; only Active Directory tells its own (MS-ADTS 3.1.1.3.2.1)."""
    told = root.texts("currentTime") if root is not None else []
    try:
        now = datetime.strptime(told[0].partition(".")[0].rstrip("Z"), "%Y%m%d%H%M%S")
    except (IndexError, ValueError):
        return []
    return clock(format_datetime(now.replace(tzinfo=UTC)), "the directory", "expiry dates")


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


def _count(client: LdapClient, profile: Profile, kind: str) -> list[Finding]:
    """How many entries of a kind are to be seen, and which parts of the tree are elsewhere."""
    place, words, elsewhere = client.settings.place(PLACES[kind]), WORDS[kind], set[str]()
    count = 0
    try:
        for _ in islice(
            client.search(
                f"LDAP search, {words}", place, profile.filters[kind], (NO_ATTRIBUTES,),
                there=True, elsewhere=elsewhere,
            ),
            MOST,
        ):  # fmt: skip
            count += 1
    except AbsentFault:
        return [trouble(words, no_place(kind, place))]
    except SystemFault as fault:
        finding = trouble(words, fault)
        text = f"{finding.text} {count} {words} came before." if count else finding.text
        return [msgspec.structs.replace(finding, text=text)]
    found = [_referred(words, elsewhere)] if elsewhere else []
    if not count:
        fix = f"Check {PLACES[kind]}, profile, tree, filters.{kind}, and what bind_dn may see."
        text = f"No {words} are to be seen below {place}."
        return [Finding(level="warning", subject=words, text=text, fix=fix), *found]
    more = "At least " if count == MOST else ""
    return [ok(words, f"{more}{count} {words} are to be seen below {place}."), *found]


def _referred(words: str, addresses: set[str]) -> Finding:
    fault = errors.elsewhere(f"LDAP search, {words}", addresses)
    return Finding(level="warning", subject=f"{words} elsewhere", text=f"{fault.why}.",
                   fix=fault.fix)  # fmt: skip


def _shown(client: LdapClient, profile: Profile, lister: Lister) -> list[Finding]:
    """Which attributes people show, by a sample; those that nobody does, one by one."""
    place, filter_ = client.settings.place("people"), profile.filters["member"]
    names = {**profile.attributes["member"], "active": lister.state}
    names = {field: attributes for field, attributes in names.items() if attributes}
    wanted = tuple(dict.fromkeys(name for several in names.values() for name in several))
    sample = list(islice(client.search("LDAP search, people", place, filter_, wanted), SAMPLE))
    if not sample:
        return []
    lacking, name = sum(not entry.uuid for entry in sample), client.settings.id_attribute
    findings = []
    if lacking and not profile.attributes["member"].get("id"):
        findings.append(
            Finding(
                level="error", subject=name,
                text=f"{lacking} of {len(sample)} people show no {name}, by which they are known.",
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
