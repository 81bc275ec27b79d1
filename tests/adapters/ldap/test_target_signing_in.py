"""Getting in: passwords, certificates, and what ``check`` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.ldap.slapd import Slapd
from domain.delivery.operation import Action, Relations
from domain.errors import ConfigError, CredentialFault, TerminalFault, TransientFault
from tests.adapters.ldap.certificates import issue
from tests.adapters.ldap.driving import Driver, person
from tests.adapters.ldap.target_desk import LdapDesk


class Secured:
    """A slapd with a certificate, as far as a Driver needs a desk."""

    def __init__(self, slapd: Slapd) -> None:
        self.slapd = slapd

    def settings(self) -> dict[str, Any]:
        place = self.slapd
        return {"url": place.url, "bind_dn": place.bind_dn, "bind_password": place.bind_password,
                "base_dn": place.base_dn, "timeout": 5}  # fmt: skip


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[Secured, str]]:
    """A slapd that speaks TLS, and the path of its authority's certificate."""
    with LdapDesk():  # skips where there is no slapd
        pass
    paths = issue(tmp_path / "right")
    with Slapd(certificate=paths) as slapd:
        yield Secured(slapd), str(paths[0])


def create(driver: Driver) -> Any:
    return driver.ask("member", Action.CREATE, "u", fields=person("u", "U"),
                      relations=Relations(active=True))  # fmt: skip


def test_starttls_and_ldaps_with_the_right_authority(secured: tuple[Any, str]):
    """Both ways of encryption work with the authority's certificate in ``ca_file``."""
    desk, authority = secured
    with Driver(desk, start_tls=True, ca_file=authority) as driver:
        remote = create(driver).remote
    with Driver(desk, url=desk.slapd.ldaps, ca_file=authority) as driver:
        assert driver.present("member")["u"].remote == remote
        found = [f for f in driver.check() if f.subject == "encryption"]
    assert [f.level for f in found] == ["ok"]


@pytest.mark.parametrize("secure", [False, True], ids=["starttls", "ldaps"])
def test_a_stranger_is_not_trusted(secured: tuple[Any, str], tmp_path: Path, secure: bool):
    """Another authority, or none, stops the run with one sentence; the password is not sent."""
    desk, _ = secured
    other = str(issue(tmp_path / "other")[0])
    way: dict[str, Any] = {"url": desk.slapd.ldaps} if secure else {"start_tls": True}
    for ca_file in (other, ""):
        with Driver(desk, **way, ca_file=ca_file) as driver:
            with pytest.raises(CredentialFault) as caught:
                create(driver)
            with pytest.raises(CredentialFault):
                driver.read()
            [finding] = driver.check()
        assert caught.value.code == "tls"
        assert str(caught.value).startswith(
            "LDAP sign-in to 127.0.0.1 (office) was given up: its certificate is not trusted ("
        )
        assert "ca_file" in caught.value.fix
        assert (finding.level, finding.subject) == ("error", "credentials")


def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path):
    """The host in ``url`` must be in the certificate; ``tls_verify = false`` takes anybody."""
    with LdapDesk():
        pass
    paths = issue(tmp_path, address="192.0.2.1")
    with Slapd(certificate=paths) as slapd:
        desk: Any = Secured(slapd)
        with (
            Driver(desk, start_tls=True, ca_file=str(paths[0])) as driver,
            pytest.raises(CredentialFault, match=r"not valid for '127\.0\.0\.1'"),
        ):
            create(driver)
        with Driver(desk, start_tls=True, tls_verify=False) as driver:
            assert create(driver).remote
            assert [f.level for f in driver.check() if f.subject == "encryption"] == ["warning"]


def test_a_server_without_tls_says_so(desk: LdapDesk):
    """start_tls against a server that has none stops the run; nothing goes out unencrypted."""
    with (
        Driver(desk, start_tls=True, url=desk.slapd.url) as driver,
        pytest.raises(CredentialFault, match="the server does not offer StartTLS"),
    ):
        create(driver)


def test_a_ca_file_that_is_none_is_a_mistake_in_the_configuration(desk: LdapDesk, tmp_path: Path):
    """The sentence names the file and what is wrong with it."""
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("empty.pem", "missing.pem"):
        with (
            Driver(desk, ca_file=str(tmp_path / name)) as driver,
            pytest.raises(ConfigError, match=name),
        ):
            create(driver)


def test_a_wrong_password_is_one_sentence(desk: LdapDesk):
    """Code 49 stops the run, and neither password nor a trace is in the sentence."""
    with Driver(desk, bind_password="wrong-secret") as driver:
        with pytest.raises(CredentialFault) as caught:
            create(driver)
        with pytest.raises(CredentialFault):
            driver.read()
        [finding] = driver.check()
    assert str(caught.value) == (
        "LDAP sign-in to 127.0.0.1 (office) was refused: the server does not accept bind_dn and"
        " bind_password. Check both with: ldapwhoami -x -H URL -D BIND_DN -W"
    )
    assert finding.level == "error"
    assert "secret" not in finding.text + finding.fix


def test_check_of_a_directory_in_order(desk: LdapDesk):
    """Everything is fine with a fresh slapd: the places will be made, the schema is there."""
    with Driver(desk) as driver:
        found = driver.check()
        assert {f.level for f in found} == {"ok"}
        assert any("will be made" in f.text for f in found)
        driver.member("u")
        assert not any("will be made" in f.text for f in driver.check())


def test_check_and_reading_without_a_base(desk: LdapDesk):
    """A base_dn that is not there is one finding, and nothing can be read."""
    with Driver(desk, base_dn="dc=elsewhere") as driver:
        assert [f.subject for f in driver.check() if f.level == "error"] == ["base_dn"]
        with pytest.raises(TerminalFault, match="there is no entry dc=elsewhere"):
            driver.read()
        fault = create(driver)
        assert "there is no entry dc=elsewhere" in str(fault)


def test_an_empty_directory_is_read_as_empty(desk: LdapDesk):
    """Before anything was written there is nothing, completely; reading writes nothing."""
    with Driver(desk) as driver:
        found = driver.read()
    assert found.present == {"member": (), "department": (), "role": ()}
    assert (found.complete, found.gaps) == (frozenset(found.present), ())
    assert desk.writes() == 0


def test_unreachable_in_a_reading_is_tried_again(desk: LdapDesk):
    """A reading that loses the server ends with the fault, not with an empty directory."""
    with Driver(desk) as driver:
        driver.member("u")
        desk.slapd.stop()
        with pytest.raises(TransientFault):
            driver.read()
