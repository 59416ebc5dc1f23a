"""The connection to a cluster: what EKS shows is believed, and nobody else."""

import ssl

import pytest

from holdfast.kubernetes.direct import trusting
from local.kubernetes.authority import ADDRESS, Authority


def test_server_of_the_clusters_own_authority_is_believed() -> None:
    authority = Authority("atlas")
    _shake_hands(authority, authority.certificate)


def test_server_of_another_authority_of_that_name_is_not_believed() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake_hands(Authority("atlas"), Authority("atlas").certificate)


def test_server_of_another_name_is_not_believed() -> None:
    authority = Authority("atlas")
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        _shake_hands(authority, authority.certificate, "192.0.2.1")


def _shake_hands(authority: Authority, trusted: bytes, name: str = ADDRESS) -> None:
    """Without a wire: what each end says is put into the other's ear until the client is content, or raises."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting(trusted.decode()).wrap_bio(to_client, to_server, server_hostname=name)
    server = authority.serving().wrap_bio(to_server, to_client, server_side=True)
    while True:
        try:
            return client.do_handshake()
        except ssl.SSLWantReadError:
            _go_on(server)


def _go_on(server: ssl.SSLObject) -> None:
    try:
        server.do_handshake()
    except ssl.SSLWantReadError:
        return
