"""``AWS::IAM::OIDCProvider``: IAM believes the tokens that a cluster gives its service accounts.

Its ARN ends in the issuer's URL, which can be registered once in an account, so that no twin can arise. Thumbprints are
not asked for: IAM verifies the issuer's certificate by its own library of root authorities, and EKS's is signed by one
of them ("CreateOpenIDConnectProvider", IAM API reference).
"""

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Drift, Observed, Physical, Tagged

GONE = "NoSuchEntity"


class OidcProviderState(Tagged, frozen=True, kw_only=True):
    """``url`` starts with https://; ``client_id_list`` (audiences) is closed."""

    url: str
    client_id_list: frozenset[str]


class OidcProvider(AwsResource[OidcProviderState]):
    """One issuer of tokens."""

    kind = "AWS::IAM::OIDCProvider"
    model = OidcProviderState
    claimed_apart = True
    immutable = frozenset({"Url"})
    comes_back = True

    def observe(self) -> Observed[OidcProviderState] | None:
        arn = self._arn()
        if not arn:
            return None
        try:
            found = self.clients.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        state = OidcProviderState(
            # IAM shows the URL without its scheme.
            url=f"https://{found['Url'].removeprefix('https://')}",
            client_id_list=frozenset(found.get("ClientIDList", [])),
            tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        )
        return Observed(state=state, physical={"id": arn, "Arn": arn})

    def _arn(self) -> str:
        """The ARN that ends in our issuer, empty if there is none."""
        end = f":oidc-provider/{self.desired.url.removeprefix('https://')}"
        listed = self.clients.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        return next((one["Arn"] for one in listed if one["Arn"].endswith(end)), "")

    def create(self) -> Physical:
        with already_so("EntityAlreadyExists"):
            self.clients.iam.create_open_id_connect_provider(
                Url=self.desired.url,
                ClientIDList=sorted(self.desired.client_id_list),
                Tags=[{"Key": key, "Value": value} for key, value in self.desired.tags.items()],
            )
        return {}

    def update(self, observed: Observed[OidcProviderState], drift: Drift) -> tuple[str, ...]:
        """An audience that was added goes before one that is missing comes back."""
        iam, arn, calls = self.clients.iam, observed.physical["Arn"], []
        for change in drift:
            if change.path == "ClientIdList" and isinstance(change.found, str):
                with already_so(GONE):
                    iam.remove_client_id_from_open_id_connect_provider(
                        OpenIDConnectProviderArn=arn, ClientID=change.found
                    )
                calls.append(f"RemoveClientIDFromOpenIDConnectProvider {change.found}")
            if change.path == "ClientIdList" and isinstance(change.promised, str):
                iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=change.promised)
                calls.append(f"AddClientIDToOpenIDConnectProvider {change.promised}")
        if lost := lost_tags(drift):
            iam.tag_open_id_connect_provider(
                OpenIDConnectProviderArn=arn, Tags=[{"Key": key, "Value": value} for key, value in lost.items()]
            )
            calls.append(f"TagOpenIDConnectProvider {', '.join(lost)}")
        return tuple(calls)

    def delete(self, observed: Observed[OidcProviderState]) -> None:
        with already_so(GONE):
            self.clients.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=observed.physical["Arn"])
