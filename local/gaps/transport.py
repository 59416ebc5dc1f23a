"""AWS is reached over TLS; the laptop AWS listens on the loopback interface without.

Promises: a call over the loopback counts as a call over TLS, so that policies which deny anything else let through here
what they let through on AWS. That they deny cannot be shown here. Page: "AWS global condition context keys", key
aws:SecureTransport (IAM/latest/UserGuide/reference_policies_condition-keys.html).
"""

from ministack import app


def close() -> None:
    pin = app.pin_request_origin

    def pinned(source_ip: str, secure_transport: bool) -> None:  # noqa: FBT001  (the emulator's own signature)
        pin(source_ip, secure_transport or source_ip in {"127.0.0.1", "::1"})

    app.pin_request_origin = pinned
