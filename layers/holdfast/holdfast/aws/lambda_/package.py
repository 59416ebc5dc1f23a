"""A function's code as the package that Lambda is given, the same to the byte every time.

So its digest, which Lambda keeps (``CodeSha256``), is that of our code or of another ("FunctionConfiguration", Lambda
API reference).
"""

import base64
import hashlib
import io
import zipfile
from typing import Final

FILE: Final = "app.py"
SINCE_THE_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a ZIP archive can bear: ours has no other, or each would have a digest of its own."""
UNIX: Final = 3


def package(text: str) -> bytes:
    """A ZIP archive with ``text`` as its only file, the same to the byte wherever it is packed: not compressed, since
    what compression makes of it is each zlib's own affair.
    """
    packed = io.BytesIO()
    entry = zipfile.ZipInfo(FILE, date_time=SINCE_THE_FIRST_DAY)
    entry.create_system = UNIX
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(entry, text)
    return packed.getvalue()


def digest(text: str) -> str:
    """``CodeSha256`` of the package of ``text``."""
    return base64.b64encode(hashlib.sha256(package(text)).digest()).decode()
