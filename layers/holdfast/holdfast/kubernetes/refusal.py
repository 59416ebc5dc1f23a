"""What the API says no to, as trouble: what passes by itself, and what a person must mend.

Statuses are those of "HTTP status codes" of the API conventions (github.com/kubernetes/community, contributors/devel/
sig-architecture/api-conventions.md), and as a 1.36 server was seen to use them: server-side apply answers 500 to a
field that the kind does not have.
"""

from typing import Any, Final

from holdfast.core.trouble import ComeBackLater, NeedsHuman
from holdfast.kubernetes.api import Answer

UNDECLARED: Final = "field not declared in schema"
UNAPPLIABLE: Final = "the server rejected our request due to an error in our request"
GOING: Final = "because it is being terminated"
WHO: Final = (
    "compare the cluster's access entries with what layer kubernetes_access promises (`aws eks list-access-entries`); "
    "CloudTrail says who changed them; build again"
)
WHAT: Final = "mend the manifest in the layer that declares it, deploy, and build again"


def is_unappliable(answer: Answer) -> bool:
    """Whether a JSON patch did not fit what stands: the API names neither the step nor a field, and kept nothing."""
    return answer.status == 422 and answer.why == UNAPPLIABLE and not answer.body.get("details")


def expect(answer: Answer, what: str, to: str) -> dict[str, Any]:
    """The answer's object. Raises ``ComeBackLater`` or ``NeedsHuman`` where the API would not ``to`` do it."""
    if answer.is_success:
        return answer.body
    said = f"Kubernetes would not {to}: {answer.why} ({answer.status})"
    namespace_lacks = answer.status == 404 and answer.body.get("details", {}).get("kind") == "namespaces"
    if namespace_lacks or GOING in answer.why:
        raise ComeBackLater(f"{what}: its namespace does not stand: {answer.why}", 5, asked=False)
    if answer.status in {401, 403}:
        raise NeedsHuman(what, said, WHO)
    if answer.status in {409, 429} or (answer.status >= 500 and UNDECLARED not in answer.why):
        raise ComeBackLater(f"{what}: {said}", 5, asked=answer.status != 429)
    raise NeedsHuman(what, said, WHAT)
