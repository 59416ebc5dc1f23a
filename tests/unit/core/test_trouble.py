"""Trouble: one sentence for the person who reads it, and apart from it what a machine goes by."""

from holdfast.core.trouble import ComeBackLater, NeedsHuman, WrongInput, taken_over


def test_sentences() -> None:
    assert str(WrongInput("network.cidr", "must be /16 to /20")) == "network.cidr: must be /16 to /20"
    assert str(NeedsHuman("keys/data", "AWS refused", "ask")) == "keys/data: AWS refused. What to do: ask"


def test_when_to_come_back_is_for_machines() -> None:
    later = ComeBackLater("AWS is busy", 5)
    assert (str(later), later.seconds) == ("AWS is busy", 5)


def test_build_that_was_taken_over_from_names_the_other_where_it_is_known() -> None:
    assert "another build has taken over from first: second. What" in str(taken_over("atlas", "first", "second"))
    assert "another build has taken over from first. What" in str(taken_over("atlas", "first"))
