"""Check an AI release plan against the example safeguards of NIST AI 800-1 (initial public draft)."""

__version__ = "0.1.0"
