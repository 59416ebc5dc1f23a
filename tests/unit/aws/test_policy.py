"""Policy documents: equal if they say the same, in plain words for whoever reads the evidence."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from holdfast.aws.iam.role import Policy
from holdfast.aws.policy import Document, canonical, document, read, sentences

ONE: Document = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": ["sts:TagSession", "sts:AssumeRole"],
        "Condition": {"StringEquals": {"aws:SourceAccount": ["123456789012"]}},
    },
}
SAME: Document = {
    "Statement": [
        {
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
            "Effect": "Allow",
            "Principal": {"Service": ["ec2.amazonaws.com"]},
        }
    ],
    "Version": "2012-10-17",
}
words = st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt", "*"])
lists = st.lists(words, min_size=1, max_size=4, unique=True)
statements = st.fixed_dictionaries({"Effect": st.sampled_from(["Allow", "Deny"]), "Action": lists, "Resource": lists})


def test_spelling_makes_no_difference() -> None:
    assert canonical(ONE) == canonical(SAME)
    policies = {Policy(policy_name="write", policy_document=spelled) for spelled in (ONE, SAME)}
    assert len(policies) == 1, "a set of inline policies must not hold the same one twice"


def test_what_is_allowed_makes_a_difference() -> None:
    other = {**SAME, "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    assert canonical(ONE) != canonical(other)


@given(st.lists(statements, min_size=1, max_size=4), st.randoms())
def test_order_changes_nothing(said: list[dict[str, Any]], chance: Random) -> None:
    written = document(*said)
    otherwise = [{**statement, "Action": _shuffled(statement["Action"], chance)} for statement in said]
    assert document(*_shuffled(otherwise, chance)) == written
    assert canonical(written) == written, "what is canonical stays so"


def test_sentences_say_who_may_do_what_on_what_and_when() -> None:
    assert sentences(ONE) == [
        "Allow ec2.amazonaws.com to sts:AssumeRole, sts:TagSession if StringEquals aws:SourceAccount 123456789012"
    ]
    unusual = {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:one"}, "NotAction": "s3:*", "NotResource": "arn:two"}
    assert sentences(document(unusual)) == ["Deny NotPrincipal arn:one to NotAction s3:* on NotResource arn:two"]


def test_answers_are_read_as_text_and_as_json() -> None:
    assert read('{"Version": "2012-10-17"}') == read({"Version": "2012-10-17"})


def _shuffled[T](members: list[T], chance: Random) -> list[T]:
    return chance.sample(members, len(members))
