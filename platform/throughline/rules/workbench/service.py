"""Write a rule, try it in shadow, put it live, bring an older version back, retire it: each audited.

A version that was ever live or in shadow is never edited: the next change is a new version. Nothing here
tells a rule's recipients anything; the change takes effect with the next incident.
"""

from uuid import UUID

from sqlalchemy import delete, func, select, update

from throughline.accounts.people import colleagues
from throughline.accounts.permissions import ROLES, Permission
from throughline.audit.service import record
from throughline.kernel.database import uuid7
from throughline.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from throughline.notifications.service import notify
from throughline.rules.workbench import reading
from throughline.rules.workbench.models import BacktestRun, RulePutAside, RuleVersion
from throughline.sdk import Rule
from throughline.tenancy.models import Tenant
from throughline.tenancy.scope import Scope

LONGEST_TEXT = 40_000
LONGEST_NOTE = 2_000
MOST_DRAFTS = 200


def begin(scope: Scope, draft_id: UUID, text: str, note: str = "") -> RuleVersion:
    """Begin a draft, once for each id. A text that cannot be read yet is kept all the same.

    Raises:
        Forbidden: the actor configures nothing here.
        Invalid: the text or the note is too long, or there are too many drafts.
    """
    _must_configure(scope)
    known = scope.session.get(RuleVersion, (scope.tenant.id, draft_id))
    if known is not None:
        return known
    drafts = (
        scope.session.scalar(
            select(func.count()).select_from(RuleVersion).where(RuleVersion.status == "draft")
        )
        or 0
    )
    if drafts >= MOST_DRAFTS:
        raise Invalid(
            {"text": [f"There are {MOST_DRAFTS} drafts already. Put some live, or throw some away."]}
        )
    draft = RuleVersion(
        id=draft_id, text="", author_id=_author(scope), created_at=scope.now(), saved_at=scope.now()
    )
    _write(scope, draft, text, note)
    scope.session.add(draft)
    scope.session.flush()
    record(scope, "rule.drafted", "rule", draft.id, after={"rule": draft.rule_key, "title": draft.title})
    return draft


def save(scope: Scope, draft_id: UUID, edition: int, text: str, note: str) -> RuleVersion:
    """Save a draft over the edition its author read. Whoever approved an earlier text has to look again.

    Raises:
        NotFound: there is no such version.
        Conflict: somebody saved it in between, or it is no draft any more.
        Invalid: the text or the note is too long.
    """
    draft = _locked(scope, draft_id)
    if draft.status != "draft":
        raise Conflict("it is no draft any more")
    if draft.edition != edition:
        raise Conflict("somebody saved it in between")
    _write(scope, draft, text, note)
    draft.edition += 1
    draft.saved_at, draft.author_id, draft.asked_at = scope.now(), _author(scope), None
    scope.session.flush()
    return draft


def throw_away(scope: Scope, draft_id: UUID) -> None:
    """Delete a draft that was never in use.

    Raises:
        NotFound: there is no such version.
        Conflict: it is no draft.
    """
    draft = _locked(scope, draft_id)
    if draft.status != "draft":
        raise Conflict("it is no draft any more")
    before = {"rule": draft.rule_key, "title": draft.title, "text": draft.text}
    scope.session.execute(delete(BacktestRun).where(BacktestRun.version_id == draft.id))
    scope.session.delete(draft)
    record(scope, "rule.draft-thrown-away", "rule", draft.id, before=before)


def ask_approval(scope: Scope, draft_id: UUID) -> RuleVersion:
    """Ask the tenant's others who configure rules to look at a draft or shadow and put it live.

    Raises:
        NotFound, Conflict: there is no such draft or shadow.
        Invalid: it cannot be used as it is; ``errors["text"]`` says why, line by line.
    """
    found = _locked(scope, draft_id)
    if found.status not in ("draft", "shadow"):
        raise Conflict("it is neither draft nor shadow")
    reading.sound(scope, found.text)
    found.asked_at = scope.now()
    record(scope, "rule.approval-asked", "rule", found.id, after={"rule": found.rule_key})
    able = [role for role, held in ROLES.items() if Permission.CONFIGURE in held]
    notify(
        scope,
        [user.id for user in colleagues(scope, able) if user.id != scope.actor.id],
        "rule",
        f"A rule waits for your approval: {found.rule_key}",
        "A rule is ready to go live and needs a second person to look at it.\n"
        "Sign in to read it, try it and decide.",
        f"/t/{scope.tenant.slug}/rules/versions/{found.id}",
        f"rule-approval:{found.id}:{found.edition}",
    )
    return found


def shadow(scope: Scope, draft_id: UUID) -> RuleVersion:
    """Let a draft run in shadow: it records what it would have done and does nothing. An older shadow ends.

    Raises:
        NotFound, Conflict: there is no such draft.
        Invalid: it cannot be used as it is.
    """
    draft = _locked(scope, draft_id)
    if draft.status != "draft":
        raise Conflict("it is no draft any more")
    _settle(scope, draft)
    _end(scope, draft.rule_key, "shadow")
    draft.status, draft.shadow_from = "shadow", scope.now()
    return _changed(scope, draft, "rule.shadowed")


def put_live(scope: Scope, version_id: UUID) -> RuleVersion:
    """Put a draft or shadow live in place of the version that is. It takes effect with the next incident.

    Raises:
        NotFound, Conflict: there is no such draft or shadow.
        Forbidden: the tenant asks for two people, and the actor wrote it.
        Invalid: it cannot be used as it is.
    """
    found = _locked(scope, version_id)
    if found.status not in ("draft", "shadow"):
        raise Conflict("it is neither draft nor shadow")
    if needs_second(scope, found):
        raise Forbidden("its author cannot approve it")
    _settle(scope, found)
    _end(scope, found.rule_key, "live")
    if found.status == "draft":
        _end(scope, found.rule_key, "shadow")
    found.status, found.live_from, found.approved_by = "live", scope.now(), scope.actor.id
    return _changed(scope, found, "rule.put-live")


def needs_second(scope: Scope, version: RuleVersion) -> bool:
    """Say whether somebody other than the actor has to put a version live."""
    return scope.tenant.pack.two_person_rules and version.author_id == scope.actor.id


def retire(scope: Scope, version_id: UUID, why: str) -> RuleVersion:
    """End a live or shadow version. What it has done stays.

    Raises:
        NotFound, Conflict: there is no such version in use.
        Invalid: no reason was given.
    """
    found = _locked(scope, version_id)
    if found.status not in ("live", "shadow"):
        raise Conflict("it is not in use")
    _must_say_why(why)
    found.status, found.retired_at = "retired", scope.now()
    return _changed(scope, found, "rule.retired", {"why": why.strip()})


def bring_back(scope: Scope, version_id: UUID, draft_id: UUID) -> RuleVersion:
    """Begin a draft with the text of an older version, to be tried and put live like any other.

    Raises:
        NotFound: there is no such version.
    """
    found = find(scope, version_id)
    return begin(scope, draft_id, found.text, f"Back to version {found.number} of {found.rule_key}.")


def put_aside(scope: Scope, rule_key: str, why: str) -> None:
    """Stop using a rule of a plugin or of the pack, in this tenant only.

    Raises:
        Forbidden: the actor configures nothing here.
        NotFound: no plugin or pack brings such a rule.
        Conflict: it was put aside already.
        Invalid: no reason was given.
    """
    _must_configure(scope)
    if rule_key not in reading.brought(scope):
        raise NotFound("no such rule")
    _must_say_why(why)
    if scope.session.scalar(select(RulePutAside.id).where(RulePutAside.rule_key == rule_key)) is not None:
        raise Conflict("it was put aside already")
    row = RulePutAside(id=uuid7(), rule_key=rule_key, why=why.strip(), at=scope.now(), by_id=_author(scope))
    scope.session.add(row)
    scope.session.flush()
    record(scope, "rule.put-aside", "rule", row.id, after={"rule": rule_key, "why": row.why})
    _another_edition(scope)


def take_back(scope: Scope, rule_key: str) -> None:
    """Use a rule again that was put aside.

    Raises:
        Forbidden: the actor configures nothing here.
        NotFound: it was not put aside.
    """
    _must_configure(scope)
    row = scope.session.scalar(select(RulePutAside).where(RulePutAside.rule_key == rule_key))
    if row is None:
        raise NotFound("it was not put aside")
    scope.session.delete(row)
    record(scope, "rule.taken-back", "rule", row.id, before={"rule": rule_key, "why": row.why})
    _another_edition(scope)


def find(scope: Scope, version_id: UUID) -> RuleVersion:
    """Return one version.

    Raises:
        Forbidden: the actor configures nothing here.
        NotFound: there is none.
    """
    _must_configure(scope)
    found = scope.session.get(RuleVersion, (scope.tenant.id, version_id))
    if found is None:
        raise NotFound("no such version of a rule")
    return found


def _locked(scope: Scope, version_id: UUID) -> RuleVersion:
    _must_configure(scope)
    query = select(RuleVersion).where(RuleVersion.id == version_id).with_for_update()
    found = scope.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("no such version of a rule")
    return found


def _must_configure(scope: Scope) -> None:
    if not scope.actor.may(Permission.CONFIGURE):
        raise Forbidden("configures nothing here")


def _author(scope: Scope) -> UUID:
    if scope.actor.id is None:
        raise Forbidden("a rule has an author")
    return scope.actor.id


def _must_say_why(why: str) -> None:
    if not why.strip():
        raise Invalid({"why": ["Say why, so that whoever reads the trail understands."]})
    if len(why) > LONGEST_NOTE:
        raise Invalid({"why": [f"Write at most {LONGEST_NOTE:,} characters."]})


def _write(scope: Scope, draft: RuleVersion, text: str, note: str) -> None:
    errors = {}
    for name, value, most in (("text", text, LONGEST_TEXT), ("note", note, LONGEST_NOTE)):
        if len(value) > most:
            errors[name] = [f"Write at most {most:,} characters; this has {len(value):,}."]
    if errors:
        raise Invalid(errors)
    draft.text, draft.note = text.replace("\r\n", "\n"), note.strip()
    said = reading.read(scope, draft.text)
    if said.rule is not None:
        _name(draft, said.rule)


def _settle(scope: Scope, found: RuleVersion) -> None:
    """See that a version can be used, and give a draft its number."""
    rule = reading.sound(scope, found.text)
    if rule.key in reading.brought(scope):
        message = f"The key “{rule.key}” belongs to a rule of a plugin or of the pack. Choose another key."
        raise Invalid({"text": [message]})
    _name(found, rule)
    if found.number is None:
        # Two drafts of one key may be settled at once: the second waits, then counts on.
        scope.session.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"{scope.tenant.id}:{rule.key}", 0)))
        )
        last = scope.session.scalar(
            select(func.max(RuleVersion.number)).where(RuleVersion.rule_key == rule.key)
        )
        found.number = (last or 0) + 1


def _name(found: RuleVersion, rule: Rule) -> None:
    found.rule_key, found.title, found.owner = rule.key, rule.title, rule.owner


def _end(scope: Scope, rule_key: str, status: str) -> None:
    scope.session.execute(
        update(RuleVersion)
        .where(RuleVersion.rule_key == rule_key, RuleVersion.status == status)
        .values(status="retired", retired_at=scope.now())
    )


def _changed(
    scope: Scope, found: RuleVersion, action: str, more: dict[str, str] | None = None
) -> RuleVersion:
    scope.session.flush()
    after = {"rule": found.rule_key, "version": found.number, "status": found.status, **(more or {})}
    record(scope, action, "rule", found.id, after=after)
    _another_edition(scope)
    return found


def _another_edition(scope: Scope) -> None:
    """Tell every process that the tenant's rules are others now."""
    scope.session.execute(
        update(Tenant)
        .where(Tenant.id == scope.tenant.id)
        .values(rules_edition=Tenant.rules_edition + 1)
        .execution_options(synchronize_session=False)
    )
