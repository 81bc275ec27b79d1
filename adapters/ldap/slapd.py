"""A throw-away slapd for rehearsals, the demo and tests.

It keeps everything in a folder of its own, listens on a free port of 127.0.0.1, and ends with the
``with`` block. Nothing of the machine's own LDAP service is touched. The configuration is that of
``slapd.conf(5)``, with the overlays ``memberof`` and ``refint`` unless they are left out.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import ldap3

from domain.errors import ConfigError, SystemFault

START_SECONDS = 10.0
STOP_SECONDS = 5.0
ATTEMPTS = 3
"""Another program may take the free port before slapd does."""

_SCHEMAS = (Path("/etc/ldap/schema"), Path("/etc/openldap/schema"))
_MODULES = (Path("/usr/lib/ldap"), Path("/usr/lib64/openldap"), Path("/usr/lib/openldap"))
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/lib/openldap")


def find_binary() -> str | None:
    """The slapd program, or None where it is not installed (Debian: package ``slapd``)."""
    return shutil.which("slapd") or shutil.which("slapd", path=os.pathsep.join(_PLACES))


class Slapd:
    """One running slapd with an empty tree; a context manager.

    ``url``, ``base_dn``, ``bind_dn`` and ``bind_password`` are what the settings of an LDAP
    system want; ``ldaps`` is the address for TLS, None without ``certificate``. ``overlays`` are
    loaded on top of the database, ``limit`` is its size in bytes (a sparse file), ``certificate``
    has the paths of CA, certificate and key. ``lines`` are further lines of the database section,
    ``schemas`` further schema files, ``root`` what the rootDSE says beside the usual (LDIF lines).
    Raises ConfigError where slapd is not installed, SystemFault when it does not start.
    """

    def __init__(
        self,
        *,
        base_dn: str = "dc=example,dc=test",
        overlays: tuple[str, ...] = ("memberof", "refint"),
        limit: int = 1 << 30,
        certificate: tuple[Path, Path, Path] | None = None,
        lines: tuple[str, ...] = (),
        schemas: tuple[Path, ...] = (),
        root: tuple[str, ...] = (),
    ) -> None:
        self.base_dn, self.bind_dn = base_dn, f"cn=admin,{base_dn}"
        self.bind_password = secrets.token_urlsafe(12)
        self.url, self.ldaps = "", None if certificate is None else ""
        self._overlays, self._limit, self._lines = overlays, limit, lines
        self._certificate, self._more_schemas, self._root = certificate, schemas, root
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        binary = find_binary()
        if binary is None:
            raise ConfigError(
                "there is no slapd on this machine", fix="Install it (Debian: apt install slapd)."
            )
        self._folder = Path(tempfile.mkdtemp(prefix="orgledger-slapd-"))
        try:
            self._write_configuration(self._folder)
            self._start(binary, self._folder)
            self._plant()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def stop(self) -> None:
        """End the process and keep the data; ``restart`` brings it back under the same address."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._process = None

    def restart(self) -> None:
        """Start again with the data that is there, after ``stop``."""
        binary = find_binary()
        if binary is not None and self._folder is not None:
            self._launch(binary, self._folder)

    def connection(self) -> ldap3.Connection:
        """A connection as the administrator, past everything that we build ourselves."""
        server = ldap3.Server(self.url, get_info=ldap3.NONE, connect_timeout=5)
        return ldap3.Connection(
            server, self.bind_dn, self.bind_password, auto_bind=True, check_names=False,
            receive_timeout=20,
        )  # fmt: skip

    def _write_configuration(self, folder: Path) -> None:
        schema = next((p for p in _SCHEMAS if p.is_dir()), _SCHEMAS[0])
        modules = next((p for p in _MODULES if p.is_dir()), None)
        (folder / "db").mkdir()
        text = [f"include {schema}/{name}.schema" for name in ("core", "cosine", "nis")]
        text.append(f"include {schema}/inetorgperson.schema")
        text += [f"include {shutil.copy(path, folder)}" for path in self._more_schemas]
        text.append(f"pidfile {folder}/slapd.pid")
        if self._root:
            (folder / "root.ldif").write_text("\n".join(("dn:", *self._root, "")), encoding="utf-8")
            text.append(f"rootDSE {folder}/root.ldif")
        if modules is not None:
            text.append(f"modulepath {modules}")
            text += [f"moduleload {name}" for name in ("back_mdb", *self._overlays)]
        text.append("sizelimit unlimited")
        if self._certificate is not None:
            names = ("TLSCACertificateFile", "TLSCertificateFile", "TLSCertificateKeyFile")
            for name, path in zip(names, self._certificate, strict=True):
                copy = shutil.copy(path, folder / name)
                text.append(f"{name} {copy}")
        text += [
            f'database mdb\nmaxsize {self._limit}\nsuffix "{self.base_dn}"',
            f'rootdn "{self.bind_dn}"\nrootpw {self.bind_password}\ndirectory {folder}/db',
            "dbnosync",  # nothing here needs to survive the machine
            "index objectClass,uid,cn,ou,employeeNumber,uniqueMember,owner,manager eq",
            "index entryCSN,entryUUID eq",
            *self._lines,
        ]
        for name in self._overlays:
            text.append(f"overlay {name}")
            if name == "memberof":
                text.append("memberof-group-oc groupOfUniqueNames\nmemberof-member-ad uniqueMember")
            if name == "refint":
                text.append("refint_attributes uniqueMember member owner manager")
        (folder / "slapd.conf").write_text("\n".join(text) + "\n", encoding="utf-8")

    def _start(self, binary: str, folder: Path) -> None:
        for attempt in range(ATTEMPTS):
            self.url = f"ldap://127.0.0.1:{_free_port()}"
            if self._certificate is not None:
                self.ldaps = f"ldaps://127.0.0.1:{_free_port()}"
            try:
                self._launch(binary, folder)
            except SystemFault:
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                return

    def _launch(self, binary: str, folder: Path) -> None:
        """Start in the foreground of a child process; as ``nobody`` when we are root."""
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if user is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid)
        addresses = " ".join(filter(None, (self.url, self.ldaps)))
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program that we looked up
                [binary, "-f", str(folder / "slapd.conf"), "-h", addresses, "-d", "0"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                user=None if user is None else user.pw_uid,
                group=None if user is None else user.pw_gid,
                extra_groups=None if user is None else [],
            )  # fmt: skip
        host, port = "127.0.0.1", int(self.url.rpartition(":")[2])
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection((host, port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        self.stop()
        words = (folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
        raise SystemFault("slapd did not start", why=words[-1] if words else "it said nothing")

    def _plant(self) -> None:
        """The entry at the base, which everything else hangs from."""
        kind, _, name = self.base_dn.partition(",")[0].partition("=")
        connection = self.connection()
        try:
            connection.add(self.base_dn, ["organization", "dcObject"], {"o": name, kind: name})
        finally:
            connection.unbind()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
