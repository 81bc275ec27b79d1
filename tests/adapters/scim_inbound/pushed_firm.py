"""A ledger with one organization, and the provider that pushes into it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from adapters.scim_inbound.capabilities import capabilities
from domain.errors import CredentialFault, HeldError
from domain.ports import SourceCapabilities
from orgledger.engine.holding import approve as let_go_on
from orgledger.engine.pull import Outcome
from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.adapters.scim_inbound.inbound_desk import SYSTEM, TOKEN, Desk
from tests.adapters.scim_inbound.source_contract_desk import SenderDesk
from tests.sources.fewest import Past
from tests.sources.firm import Firm


class PushedFirm(Firm):
    """An organization that its provider pushes to; the service runs for each round of calls."""

    desk: SenderDesk

    def __init__(self, ledger: Ledger, data: Path, desk: SenderDesk) -> None:
        super().__init__(ledger, data, desk)
        self.system = SYSTEM
        self._data = data

    def _capabilities(self) -> SourceCapabilities:
        return capabilities(self.desk.settings)

    def _service(self) -> Desk:
        service = Desk(self.ledger, self._data)
        service.settings, service.org, service.guard = self.desk.settings, self.org, self.limits
        return service

    def pull(self, *, wrong: bool = False, approve: str | None = None) -> Outcome:
        """One round of calls; what the log says of it."""
        if approve:
            let_go_on(self.ledger, self.views.run(approve), "test")
        head, known = self.ledger.head, self.views.runs().by_id
        with self._service().open() as service:
            refusals = self.desk.push(service, token=TOKEN[::-1] if wrong else TOKEN)
        for answer in refusals:
            detail: str = answer.json()["detail"]
            if answer.status_code == 401:
                what, _, fix = detail.partition("; ")
                raise CredentialFault(what, fix=fix)
            if detail.startswith("held: "):
                raise HeldError(detail)
        runs = [run for key, run in self.views.runs().by_id.items() if key not in known]
        refused = tuple(refusal for run in runs for refusal in run.refused)
        return Outcome(
            run=runs[-1].id if runs else "",
            org=self.org,
            system=self.system,
            status=runs[-1].status if runs else Status.FINISHED,
            read={},
            kept={},
            appended=sum(self.events(head).values()),
            refused=refused,
        )

    def approved(self) -> Outcome:
        """What the guard let through is told; the rest is, once a person has approved it."""
        error = self.refused()
        assert isinstance(error, HeldError), error
        assert self.differences(), "it was held, and yet everything was taken"
        (held,) = [run for run in self.views.runs().by_id.values() if run.status is Status.HELD]
        return self.pull(approve=held.id)

    def fewest(self, past: Past) -> Counter[str]:
        """Each call is decided on what it said: the events of one after the other."""
        return sum((past.events(told) for told in self.desk.on_the_way()), Counter())
