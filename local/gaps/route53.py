"""Route 53: a name has no case.

Promises: names of zones and records are kept in lower case, however they are asked for, so that a record in capitals is
the one in small letters. Page: "DNS domain name format" (Route53/latest/DeveloperGuide/DomainNameFormat.html).
"""

from ministack.services import route53

_normalise = route53._normalise_name


def close() -> None:
    route53._normalise_name = lambda name: _normalise(name).lower()
