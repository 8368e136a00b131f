"""Access rights: what may the staff do, and which values may they see?

Pure.  The statement's roles say it all; what they do not name is refused.

Sources
    Statement §10          only marketing, support and sales, each for its purposes
    C12                    technical roles see nothing that people wrote
    Statement §9           after an unsubscription nothing is read for what was subscribed to
    GDPR art. 5(1)(b), (c) for a purpose, and no more than it needs
    GDPR art. 7, 21(3)     what was stopped is used again only by a new consent to it (C17): also
                           what rested on no consent, as a sales dialogue does
    GDPR art. 18(2)        what is restricted is stored, and not used
"""

from collections.abc import Iterable

from shared.model.contacts import Basis, Consent, Value
from shared.model.noun import Noun
from shared.model.staff import Action
from shared.statement.types import Statement


class Permission(Noun, frozen=True, kw_only=True):
    """Whether something may be done; by which role, or "" if by none; and by which clause."""

    role: str
    clause: str
    because: str

    @property
    def granted(self) -> bool:
        return bool(self.role)


def permitted(
    roles: Iterable[str], action: Action, statement: Statement, purpose: str | None = None
) -> Permission:
    """Whether somebody in these roles may do something (for a purpose).

    One role must have both: what one may do and what another is for do not add up.
    """
    able = [name for name in known(roles, statement) if action in statement.roles[name].may]
    fit = [name for name in able if purpose is None or purpose in statement.roles[name].purposes]
    if fit:
        clause = statement.roles[fit[0]].clause
        return Permission(role=fit[0], clause=clause, because=f"§{clause} {fit[0]} may {action}")
    clauses = {one.clause for one in statement.roles.values() if action in one.may}
    clause = ", §".join(sorted(clauses)) or "10"
    for_it = " for this purpose" if able else ""
    return Permission(
        role="", clause=clause, because=f"§{clause} none of your roles may {action}{for_it}."
    )


def purposes(roles: Iterable[str], action: Action, statement: Statement) -> tuple[str, ...]:
    """For which purposes somebody in these roles may do something, in the statement's order."""
    able = [one for name in known(roles, statement) if action in (one := statement.roles[name]).may]
    return tuple(name for name in statement.purposes if any(name in one.purposes for one in able))


def known(roles: Iterable[str], statement: Statement) -> tuple[str, ...]:
    """Those of the roles that the statement has, in its order."""
    held = set(roles)
    return tuple(name for name in statement.roles if name in held)


def visible(
    values: Iterable[Value],
    consents: Iterable[Consent],
    permission: Permission,
    statement: Statement,
    *,
    purpose: str = "",
    restricted: bool = False,
) -> tuple[Value, ...]:
    """The values that a permission shows: fields of its role, held for a purpose of its role.

    A value is held for the purpose it was collected for unless its person has stopped that, for
    those that they agree to, and for what a law demands; when it is restricted, for that only.
    For a `purpose` that was stopped nothing is shown, whatever else it is held for.
    """
    latest = _latest(consents)
    stopped = {name for name, granted in latest.items() if not granted}
    if not permission.granted or purpose in stopped:
        return ()
    role = statement.roles[permission.role]
    demanded = {
        name for name, one in statement.purposes.items() if one.basis is Basis.LEGAL_OBLIGATION
    }
    agreed = latest.keys() - stopped
    wanted = set(role.purposes) & (demanded if restricted else demanded | agreed)
    collected = set() if restricted else set(role.purposes) - stopped
    return tuple(
        value
        for value in values
        if value.name.partition(".")[0] in role.fields and (wanted or value.purpose in collected)
    )


def agreed_to(consents: Iterable[Consent]) -> tuple[str, ...]:
    """The purposes that a person agrees to now: for each the latest answer counts.

    So a consent that is given anew after an objection holds again, for what it names; of two
    answers at one instant the refusal counts.
    """
    return tuple(name for name, granted in _latest(consents).items() if granted)


def _latest(consents: Iterable[Consent]) -> dict[str, bool]:
    """By purpose, whether the latest answer was yes."""
    in_order = sorted(consents, key=lambda one: (one.at, not one.granted))
    return {one.purpose: one.granted for one in in_order}
