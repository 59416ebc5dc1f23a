"""What AWS calls a resource is kept as it changes: others refer to it, by its id and by its other names."""

import pytest

from holdfast.core.trouble import ComeBackLater
from tests.support.calls import Killed
from tests.support.guarded import SSH, Guarded, actor

NEW = {"DefaultVersionNumber": "2"}


def _named_anew(guarded: Guarded) -> None:
    guarded.cloud.things[guarded.group].attributes = dict(NEW)


def test_another_attribute_of_what_holds_is_kept() -> None:
    guarded = Guarded()
    _named_anew(guarded)
    assert guarded.hold(actor("alice")) is None
    assert guarded.record.physical == {"id": guarded.group, **NEW}


def test_what_a_drift_brought_about_is_kept_only_when_it_is_undone() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    _named_anew(guarded)
    guarded.life.begin(2)
    with pytest.raises(Killed):
        guarded.hold(actor("alice"))
    assert guarded.record.physical == {"id": guarded.group}, "whoever refers to it would follow the drift"
    guarded.life.begin()
    guarded.hold(actor("alice"))
    assert guarded.record.physical == {"id": guarded.group, **NEW}


def test_while_aws_is_at_work_nothing_is_kept() -> None:
    guarded = Guarded()
    _named_anew(guarded)
    guarded.cloud.things[guarded.group].ready = guarded.clock() + 30
    with pytest.raises(ComeBackLater):
        guarded.hold(actor("alice"))
    assert guarded.record.physical == {"id": guarded.group}
