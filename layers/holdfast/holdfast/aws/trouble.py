"""AWS's errors as the three kinds of trouble: what passes by itself, and what a person must mend."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004  (botocore's own)

from holdfast.aws.resource import code
from holdfast.core.trouble import ComeBackLater, NeedsHuman

THROTTLED = frozenset(
    {
        "ConcurrentModification",
        "EC2ThrottledException",
        "EntityTemporarilyUnmodifiable",
        "OperationAborted",
        "OperationAbortedException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "ResourceContention",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
        "WAFOptimisticLockException",
        "WAFServiceLinkedRoleErrorException",
        "WAFTagOperationException",
        "WAFUnavailableEntityException",
    }
)
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
STILL_IN_USE = frozenset(
    {
        "DeleteConflict",
        "DependencyViolation",
        "FileSystemInUse",
        "InvalidDBInstanceState",
        "InvalidDBParameterGroupState",
        "InvalidDBSubnetGroupStateFault",
        "InvalidIPAddress.InUse",
        "InvalidNetworkInterface.InUse",
        "OperationNotPermitted",
        "ResourceInUse",
        "ResourceInUseException",
        "WAFAssociatedItemException",
    }
)
"""What AWS says while others still lean on what is to go. Each passes once they are gone."""
_DENIED = (
    "compare the role with docs/permissions.md (what it may do, and by which tag), look at the organisation's control "
    "policies; CloudTrail says who changed either"
)
_OTHER = (
    "look the code up in the service's API reference: most often a quota is full (Service Quotas raises it), or "
    "somebody else took the name"
)


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Let AWS's errors about ``what`` be ``ComeBackLater`` or ``NeedsHuman``, the AWS error as their cause.

    An answer that was lost on the way is no failure: whether the call took effect is for the next observation to say.
    """
    try:
        yield
    except (ConnectionError, HTTPClientError) as error:
        raise ComeBackLater(f"{what}: no answer from AWS ({error})", 5) from error
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        if code(error) in THROTTLED or status >= 500:
            asked = code(error) not in THROTTLED
            raise ComeBackLater(f"{what}: AWS is busy ({error})", 5, asked=asked) from error
        raise NeedsHuman(what, f"AWS refused: {error}", _DENIED if code(error) in DENIED else _OTHER) from error


@contextmanager
def removing(what: str) -> Iterator[None]:
    """As ``telling``; that something still uses ``what`` passes once that is gone as well."""
    with telling(what):
        try:
            yield
        except ClientError as error:
            if code(error) not in STILL_IN_USE:
                raise
            raise ComeBackLater(f"AWS does not let go of it yet ({error})", 10) from error
