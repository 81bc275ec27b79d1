"""The family tree of errors.

Expected outcomes are values; these are for what stops a piece of work.
Every error says what happened, to which object, why, and what to do next.
None carries a secret or a personal value: ids and codes only.
"""

from __future__ import annotations


class OrgledgerError(Exception):
    """Root of the family.

    ``what`` names the event and the object, ``why`` the cause, ``fix`` the next step.
    """

    exit_code = 1

    def __init__(self, what: str, *, why: str = "", fix: str = "") -> None:
        self.what, self.why, self.fix = what, why, fix
        super().__init__(what)

    def __str__(self) -> str:
        sentence = self.what if not self.why else f"{self.what}: {self.why}"
        if not sentence.endswith((".", "。", "!", "?")):
            sentence += "."
        return f"{sentence} {self.fix}".rstrip()


class ConfigError(OrgledgerError):
    """The configuration or the command cannot be used as it stands."""

    exit_code = 2


class InputError(OrgledgerError):
    """A file or message from outside is not usable; ``problems`` lists everything wrong with it."""

    def __init__(self, what: str, problems: tuple[str, ...] = (), *, fix: str = "") -> None:
        super().__init__(what, fix=fix)
        self.problems = problems

    def __str__(self) -> str:
        head = super().__str__()
        return "\n".join([head, *(f"  - {problem}" for problem in self.problems)])


class HeldError(OrgledgerError):
    """A guard stopped the work until a person approves it."""

    exit_code = 3


class ConflictError(OrgledgerError):
    """Somebody else appended to this organization since the decision was made."""


class LogError(OrgledgerError):
    """The log could not be reached or refused the append; nothing was half-recorded."""


class SystemFault(OrgledgerError):  # noqa: N818 - the three faults below read as nouns
    """An outside system answered with an error. ``code`` is the vendor's own."""

    def __init__(self, what: str, *, why: str = "", fix: str = "", code: str = "") -> None:
        super().__init__(what, why=why, fix=fix)
        self.code = code


class TransientFault(SystemFault):
    """Worth trying again. ``retry_after`` is the wait the system asked for, in seconds.

    ``throttled`` tells a rate limit from a failure: it slows the caller down
    and does not count against the tries. ``waiting`` says that a person has to do
    something first, and that the system is well: it is left for the next run.
    """

    def __init__(
        self,
        what: str,
        *,
        why: str = "",
        fix: str = "",
        code: str = "",
        retry_after: float | None = None,
        throttled: bool = False,
        waiting: bool = False,
    ) -> None:
        super().__init__(what, why=why, fix=fix, code=code)
        self.retry_after, self.throttled, self.waiting = retry_after, throttled, waiting


class TerminalFault(SystemFault):
    """Trying again gives the same answer; this one object or call is refused."""


class PermissionFault(TerminalFault):
    """The app lacks a permission; ``permission`` is its name in the vendor's console."""

    def __init__(
        self, what: str, *, permission: str, why: str = "", fix: str = "", code: str = ""
    ) -> None:
        super().__init__(what, why=why, fix=fix, code=code)
        self.permission = permission


class StrangerFault(TerminalFault):
    """Something else than the system answers at its address: a web site, a login page, a proxy.

    Where others get through it is about this one call; where nobody does, the address is wrong.
    """


class CredentialFault(SystemFault):
    """The system does not accept who we are; nothing else can be done until that is mended."""


class ExistsFault(TerminalFault):
    """The target already has something with this id, name, mail or number.

    It is not taken over unseen: the next run reads the target and looks whether it is ours.
    """


class AbsentFault(TerminalFault):
    """What should be changed is not at the target any more: somebody else removed it."""
