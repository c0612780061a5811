"""What a demo has to show: its address, its people, and the evidence its workers made."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from throughline.demo.load import finish
from throughline.demo.personas import PASSWORD, PERSONAS
from throughline.evidence.models import Artefact, EvidenceRun
from throughline.features import make_doorbell, make_scopes
from throughline.kernel.actor import SYSTEM
from throughline.settings import Settings
from throughline.tenancy.scope import Scopes

_PROVIDERS = tuple(sorted({person.tenant for person in PERSONAS if person.membership != "commissioner"}))


@dataclass(frozen=True)
class Document:
    """An evidence PDF: whose it is, its format's key, and the file to open."""

    tenant: str
    format: str
    path: Path


class Evidence:
    """The evidence made so far, copied under names a person can read."""

    def __init__(self, settings: Settings, files: Path, shown: Path) -> None:
        self._scopes: Scopes = make_scopes(settings, make_doorbell(settings))
        self._files = files
        self._shown = shown

    def close(self) -> None:
        """Let go of the database."""
        self._scopes.engine.dispose()

    def finish(self) -> bool:
        """Sign off what the story says was signed off; say whether all of it has been made."""
        return finish(self._scopes)

    def documents(self) -> list[Document]:
        """Return every PDF made so far, the latest period of each tenant and format first."""
        return [document for slug in _PROVIDERS for document in self._of(slug)]

    def failures(self) -> list[str]:
        """Return why runs could not be made, in the words stored with them."""
        found: list[str] = []
        for slug in _PROVIDERS:
            with self._scopes.tenant(self._scopes.find_tenant(slug), SYSTEM, "demo") as scope:
                found += scope.session.scalars(select(EvidenceRun.failure).where(EvidenceRun.failure != ""))
        return found

    def _of(self, slug: str) -> list[Document]:
        made = (
            select(EvidenceRun.format_key, EvidenceRun.period_start, Artefact.sha256, Artefact.stage)
            .join(
                Artefact,
                (Artefact.tenant_id == EvidenceRun.tenant_id) & (Artefact.run_id == EvidenceRun.id),
            )
            .order_by(EvidenceRun.period_start.desc(), Artefact.stage.desc())
        )
        with self._scopes.tenant(self._scopes.find_tenant(slug), SYSTEM, "demo") as scope:
            rows = scope.session.execute(made).all()
        return [
            Document(slug, key, self._copy(f"{slug}-{key.replace('.', '-')}-{start}-{stage}.pdf", digest))
            for key, start, digest, stage in rows
        ]

    def _copy(self, name: str, digest: str) -> Path:
        """Copy a stored file, which is named by its hash under its owner's prefix, to a readable name."""
        self._shown.mkdir(exist_ok=True)
        copy = self._shown / name
        if not copy.exists():
            half = copy.with_suffix(".half")
            shutil.copyfile(next(self._files.rglob(digest)), half)
            half.replace(copy)
        return copy


def write(file: Path, address: str, documents: Sequence[Document]) -> None:
    """Write what a program needs to use the demo: the address, the sign-ins and the evidence, as JSON."""
    told = {
        "address": address,
        "personas": [
            {"role": person.role, "email": person.email, "password": PASSWORD, "tenant": person.tenant}
            for person in PERSONAS
        ],
        "evidence": [
            {"tenant": document.tenant, "format": document.format, "path": str(document.path)}
            for document in documents
        ],
    }
    half = file.with_suffix(".half")
    half.write_text(json.dumps(told, indent=2) + "\n")
    half.replace(file)


def words(address: str, documents: Sequence[Document], var: Path) -> str:
    """Return the same for a person to read."""
    width = max(len(person.email) for person in PERSONAS)
    lines = [f"Throughline is running at {address}", "", f"Sign in, always with the password: {PASSWORD}", ""]
    lines += [f"  {person.email:{width}}  {person.name}, {person.role}" for person in PERSONAS]
    lines += ["", *(f"Evidence   {document.path}" for document in documents[:1])]
    lines += [f"Letters    {var / 'mail'}", f"Logs       {var / 'log'}"]
    return "\n".join(lines)
