"""Settling: what follows from a form that was recorded is done behind its answer.

The table's stream tells of each; what it misses the hourly reminders find.  Again is as once.
What must not follow from a form that anybody can send stands beside, and the person is asked.
"""

from shared.errors import busy
from shared.model.contacts import Address, AddressKind, Interaction
from shared.model.requests import Letter
from shared.policy import settling as policy
from shared.policy.settling import Settled
from shared.store import settling as store
from shared.store import subjects, suppression
from shared.store.settling import Asking, Open, Place
from shared.wiring import Office
from shared.workflows import days, letters

ATTEMPTS = 8


def settle(subject_id: str, sk: str, office: Office) -> bool:
    """Settle the form whose item lies there; False if that was done, or the person is gone.

    Raises Superseded.
    """
    for _ in range(ATTEMPTS):
        one = store.read(subject_id, sk)
        if one is None or one.unsettled.waits:
            return False
        settled, asking = _settled(one, office)
        filing = days.filing(settled.facts, office)
        if store.write(one, settled, filing, asking=asking):
            return True
    raise busy("The data subject")


def _settled(one: Open, office: Office) -> tuple[Settled, Asking | None]:
    """The changes that follow, and the letter to be sent."""
    if one.unsettled.asked:
        return policy.answered(one.subject, one.interaction, one.unsettled), None
    address = _address_of(one.interaction, office)
    ticks = any(consent.granted for consent in one.unsettled.consents)
    settled = policy.settle(
        one.subject,
        one.interaction,
        one.unsettled,
        office.statement,
        stopped=ticks and address is not None and _is_stopped(address, office),
    )
    return settled, _asking(one, settled, address, office)


def _is_stopped(address: Address, office: Office) -> bool:
    """Whether a request has stopped a use of data about whoever has this address."""
    return suppression.read(office.keys.suppression(address)) != suppression.NOT


def _address_of(sent: Interaction, office: Office) -> Address | None:
    """The address by which a form was taken for the person's: the e-mail's if there is one."""
    form = office.statement.forms.get(sent.form)
    by_name = {one.name: one.value for one in sent.values}
    for kind in AddressKind:
        for name in form.one_of if form else ():
            value = by_name.get(name)
            if office.statement.fields[name].kind == kind and isinstance(value, str):
                return Address(kind, value)
    return None


def _asking(one: Open, settled: Settled, address: Address | None, office: Office) -> Asking | None:
    """The letter about what stands beside; whoever knows the address can have it sent."""
    if settled.rest is None or address is None or address.kind is not AddressKind.EMAIL:
        return None
    statement = office.statement
    shown = statement.notice_shown(one.interaction.notice)
    letter = Letter(
        name=letters.BESIDE,
        to=address.value,
        language=shown.language if shown else statement.languages[0],
        reference=one.unsettled.reference,
        provoked=True,
    )
    return Asking(letter=letter, at=office.now())


def settle_all(subject_id: str, office: Office) -> None:
    """Settle every form of a person, before something that depends on it.  Raises Superseded."""
    for place in store.among(subjects.partition_of(subject_id)):
        settle(subject_id, place.sk, office)


def late(office: Office) -> list[Place]:
    """The places of what the stream has not brought on its way."""
    return list(store.late(days.missed(office)))
