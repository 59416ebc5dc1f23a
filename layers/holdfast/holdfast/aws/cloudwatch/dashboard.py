"""``AWS::CloudWatch::Dashboard``: a page of pictures; PutDashboard makes it or replaces all of it.

"PutDashboard", AmazonCloudWatch/latest/APIReference/API_PutDashboard.html.
"""

import json

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code
from holdfast.core.resource import Desired, Drift, Observed, Physical
from holdfast.core.trouble import NeedsHuman

GONE = ("DashboardNotFoundError", "ResourceNotFound")
"""The error's name, and the code that the query protocol gave it."""


class DashboardState(Desired, frozen=True, kw_only=True):
    """``dashboard_body`` is JSON, compared by what it says and not by how it is spelled."""

    dashboard_name: str
    dashboard_body: str

    def __post_init__(self) -> None:
        spelled = json.dumps(json.loads(self.dashboard_body), sort_keys=True)
        msgspec.structs.force_setattr(self, "dashboard_body", spelled)


class Dashboard(AwsResource[DashboardState]):
    """One dashboard. Its name says whose it is."""

    kind = "AWS::CloudWatch::Dashboard"
    model = DashboardState
    immutable = frozenset({"DashboardName"})
    comes_back = True

    def observe(self) -> Observed[DashboardState] | None:
        name = self.desired.dashboard_name
        try:
            body = self.clients.cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"]
        except ClientError as error:
            if code(error) not in GONE:
                raise
            return None
        return Observed(state=DashboardState(dashboard_name=name, dashboard_body=body), physical={"id": name})

    def create(self) -> Physical:
        self._put()
        return {"id": self.desired.dashboard_name}

    def update(self, observed: Observed[DashboardState], drift: Drift) -> tuple[str, ...]:
        self._put()
        return (f"PutDashboard {self.desired.dashboard_name}",)

    def _put(self) -> None:
        """A body that CloudWatch only warns of is kept as it is, and then shows less than it should."""
        answer = self.clients.cloudwatch.put_dashboard(
            DashboardName=self.desired.dashboard_name, DashboardBody=self.desired.dashboard_body
        )
        if messages := answer.get("DashboardValidationMessages"):
            raise NeedsHuman(
                str(self.address),
                "CloudWatch does not understand all of the dashboard: "
                + "; ".join(f"{one.get('DataPath', '')} {one.get('Message', '')}" for one in messages),
                "a defect in environment/dashboard.py: report it",
            )

    def delete(self, observed: Observed[DashboardState]) -> None:
        with already_so(*GONE):
            self.clients.cloudwatch.delete_dashboards(DashboardNames=[self.desired.dashboard_name])
