"""What a real account has before Holdfast comes, and the laptop's must have too: the hosted zone of the example.

The zone is made by plain Route 53 calls, once. Page: CreateHostedZone (Route53/latest/APIReference).
"""

import json
from typing import TYPE_CHECKING, Final

import boto3

from local.laptop import PROJECT, Laptop

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

_EXAMPLE: Final = PROJECT / "events" / "environment.json"


def prepare(laptop: Laptop) -> None:
    zone = json.loads(_EXAMPLE.read_text())["dns"]["zone"]
    # Whoever asks twice with the same reference gets no second zone.
    route53: Route53Client = boto3.client(
        "route53",
        endpoint_url=laptop.url,
        region_name=laptop.credentials["AWS_REGION"],
        aws_access_key_id=laptop.credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=laptop.credentials["AWS_SECRET_ACCESS_KEY"],
    )
    if not route53.list_hosted_zones_by_name(DNSName=zone)["HostedZones"]:
        route53.create_hosted_zone(Name=zone, CallerReference=zone)
