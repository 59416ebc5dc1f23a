"""What changes in IAM or Route 53, which AWS tells in us-east-1 alone, is heard where Holdfast stands."""

from typing import TYPE_CHECKING

from tests.support.bus import details, listening
from tests.support.cloud import Caller
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


def test_a_change_of_iam_is_heard_at_home(vandal: Caller, mark: str) -> None:
    iam: IAMClient = vandal.client("iam")
    name = f"stray-{mark}"
    pattern = {"source": ["aws.iam"], "detail": {"requestParameters": {"userName": [name]}}}
    with listening(f"abroad-{mark}", pattern) as box:
        iam.create_user(UserName=name)
        iam.get_user(UserName=name)
        iam.delete_user(UserName=name)
        heard = until("both changes, not the look", lambda: details(box), lambda seen: len(seen) >= 2)
    assert [one["eventName"] for one in heard] == ["CreateUser", "DeleteUser"]
    assert {one["awsRegion"] for one in heard} == {"us-east-1"}
