"""Settings of the simulated WeCom: credentials, what each secret may do, and the corp's rules."""

from __future__ import annotations

from typing import Literal

from adapters.simulation.settings import CallingSettings

Caller = Literal["contact", "app"]
"""Whose token a call has: the contact-sync secret's, or the self-built app's."""


class WeComSettings(CallingSettings, kw_only=True, forbid_unknown_fields=True):
    """One corporation with its contact-sync secret and one self-built app.

    The app's visible range is ``visible_departments``, ``visible_users`` and ``visible_tags``, by
    WeCom's or the roster's own ids; department ``"1"`` is everybody. ``private_fields`` is what
    the app is shown of mobile, mail and the like: they are ``absent`` or ``empty`` for apps
    created since 2022-06-20, ``shown`` for older ones. ``contact_details`` lets the contact-sync
    secret read details, as from an address that was listed before 2022-08-15 (else 48009).
    ``untrusted`` secrets are used from an address that is not on their list (60020).
    ``real_limits`` turns the documented rate of each API on. ``serial_writes`` refuses creations
    of departments and people that run side by side (45035). ``account_cap`` is the most people
    (45024), ``monthly_creations`` the most new ones in a month (None: three times the cap; 45009),
    ``largest_reply`` the most entries of one list (45029). ``creator`` made the corp and
    cannot be deleted (301005). ``foreign_tags`` belong to another app (81011). ``attributes`` are
    the corp's own fields; others are ignored. ``new_callbacks`` has events in the form of a
    callback address that was set after 2022-08-15. Somebody new is told of in ``newcomer_events``
    events, up to three within one second (Senparc/NeuChar#123).
    """

    corp_id: str = "wwsimulatedcorp"
    contact_secret: str = "simulated-contact-secret"  # noqa: S105 - opens only this simulator
    app_secret: str = "simulated-app-secret"  # noqa: S105 - opens only this simulator
    agent_id: int = 1000002
    org_name: str = "Simulated Organization"
    token_lifetime: int = 7200
    visible_departments: tuple[str, ...] = ("1",)
    visible_users: tuple[str, ...] = ()
    visible_tags: tuple[str, ...] = ()
    private_fields: Literal["shown", "absent", "empty"] = "absent"
    contact_details: bool = False
    untrusted: frozenset[Caller] = frozenset()
    real_limits: bool = False
    serial_writes: bool = True
    account_cap: int | None = None
    monthly_creations: int | None = None
    largest_reply: int | None = None
    creator: str | None = None
    foreign_tags: frozenset[str] = frozenset()
    attributes: tuple[str, ...] = ()
    mail_domains: frozenset[str] = frozenset()
    new_callbacks: bool = True
    newcomer_events: Literal[1, 2, 3] = 3
    callback_token: str = "simulatedtoken"  # noqa: S105 - opens only this simulator
    callback_aes_key: str = "simulatedsimulatedsimulatedsimulatedsimulat"
