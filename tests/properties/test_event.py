"""Whatever arrives in a queue: reading it never fails, and finds no id that does not stand there."""

import json

from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.concerns.security_groups import SECURITY_GROUPS
from holdfast.core.event import CLOUDTRAIL, CONFIG, MOST_IDS, again, sighted

text = st.text(max_size=12) | st.sampled_from(
    [CLOUDTRAIL, CONFIG, "sg-12345678", "2026-01-01T10:00:07Z", "0001-01-01", "9999-12-31T24:00"]
)
keys = text | st.sampled_from(
    [
        "detail-type",
        "detail",
        "requestParameters",
        "responseElements",
        "userIdentity",
        "arn",
        "eventTime",
        "configurationItem",
        "configurationItemCaptureTime",
        "resourceId",
        "ids",
        "noticedBy",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=25,
)
details = st.fixed_dictionaries(
    {},
    optional={
        "requestParameters": anything,
        "responseElements": anything,
        "userIdentity": anything,
        "eventTime": anything,
        "eventID": anything,
        "configurationItem": anything
        | st.fixed_dictionaries({"configurationItemCaptureTime": text, "resourceId": text}),
        "ids": anything,
    },
)
events = anything | st.fixed_dictionaries(
    {
        "detail-type": st.sampled_from([CLOUDTRAIL, CONFIG]) | anything,
        "detail": details | anything,
    }
)


@given(events)
def test_reading_never_fails_and_invents_nothing(event: object) -> None:
    seen = sighted(event, SECURITY_GROUPS)
    written = json.dumps(event)
    assert all(json.dumps(identity) in written for identity in seen.ids)
    shapes = [watched.named_by for watched in SECURITY_GROUPS.watched]
    assert all(any(shape.fullmatch(identity) for shape in shapes) for identity in seen.ids)
    if seen.actor is not None:
        hash(seen.actor)


@given(st.lists(text), st.lists(anything, max_size=4))
def test_whatever_else_it_names_what_stands_at_the_top_is_found(below: list[str], beside: list[object]) -> None:
    padding = [*beside, [f"sg-{number:08x}" for number in range(2 * MOST_IDS)], below]
    detail = {
        "eventSource": "ec2.amazonaws.com",
        "eventName": "AuthorizeSecurityGroupIngress",
        "requestParameters": {"rules": padding, "groupId": "sg-0123456789abcdef0"},
    }
    assert "sg-0123456789abcdef0" in sighted({"detail-type": CLOUDTRAIL, "detail": detail}, SECURITY_GROUPS).ids


@given(details)
def test_put_off_it_leads_to_one_resource_and_still_says_who(detail: dict[str, object]) -> None:
    event = {"detail-type": CLOUDTRAIL, "detail": detail}
    once = sighted(event, SECURITY_GROUPS)
    later = sighted(again(once, "atlas", "security_groups/alb"), SECURITY_GROUPS)
    asked = ("atlas", frozenset({"security_groups/alb"}))
    assert later == once._replace(ids=frozenset(), kinds=frozenset(), asked=asked)
