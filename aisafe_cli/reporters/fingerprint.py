"""What makes a finding the same finding in another run: the plan and its subject, never a line."""

from __future__ import annotations

import hashlib
import os
from urllib.parse import quote


def relative_uri(path: str) -> str:
    """Return a path as a percent-encoded URI reference, relative where the file is below the current folder."""
    if os.path.isabs(path):
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath("."))
        if relative.startswith(os.pardir):
            return f"file://{quote(path)}"
        path = relative
    return quote(os.path.normpath(path).replace(os.sep, "/"))


def fingerprint(path: str, subject: str) -> str:
    """Return a hash that stays the same while the plan's place and the subject (safeguard or rule) do."""
    return hashlib.sha256(f"{relative_uri(path)}\n{subject}".encode()).hexdigest()
