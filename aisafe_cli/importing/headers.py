"""Headers of files of weights, from their first bytes only: safetensors and GGUF."""

from __future__ import annotations

import struct
from math import prod

from aisafe_cli.errors import InputError
from aisafe_cli.importing.facts import clean_line
from aisafe_cli.parsing.json import parse_json

MAX_HEADER = 1 << 23
_FLOATS = frozenset({"BF16", "F16", "F32", "F64", "F8_E4M3", "F8_E5M2"})
_MAX_KEYS = 200
# Sizes of the values of GGUF that have a fixed one, by their types; 8 is a text, 9 a list.
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEXT = 8
_NUMBERS = {4: "<I", 5: "<i", 10: "<Q", 11: "<q"}


def count_parameters(head: bytes) -> int | None:
    """Return how many numbers the tensors of a safetensors file hold; None where the header does not say it.

    Packed numbers, as of quantized models, are not what they stand for, so a file with any is not counted.
    """
    length = int.from_bytes(head[:8], "little")
    try:
        tensors = parse_json(head[8 : 8 + length].decode()) if 0 < length <= len(head) - 8 else None
    except (InputError, UnicodeDecodeError):
        return None
    if not isinstance(tensors, dict):
        return None
    total = 0
    for name, tensor in tensors.items():
        if name == "__metadata__":
            continue
        shape = tensor.get("shape") if isinstance(tensor, dict) else None
        if not isinstance(shape, list) or not all(type(size) is int and 0 <= size < 1 << 40 for size in shape[:16]):
            return None
        if tensor.get("dtype") not in _FLOATS and len(shape) > 1:
            return None
        total += prod(shape[:16])
    return total if 0 < total < 10**15 else None


def read_gguf(head: bytes) -> dict[str, str]:
    """Return the texts and numbers under `general.` at the beginning of a GGUF file; empty for anything else."""
    if head[:4] != b"GGUF":
        return {}
    found: dict[str, str] = {}
    try:
        version, _, count = struct.unpack_from("<IQQ", head, 4)
        offset = 24
        for _ in range(min(count, _MAX_KEYS) if 2 <= version < 100 else 0):
            key, offset = _read_text(head, offset)
            (kind,) = struct.unpack_from("<I", head, offset)
            offset += 4
            value: str | int | None = None
            if kind == _TEXT:
                value, offset = _read_text(head, offset)
            elif kind in _SIZES:
                if kind in _NUMBERS:
                    (value,) = struct.unpack_from(_NUMBERS[kind], head, offset)
                offset += _SIZES[kind]
            else:  # a list; the keys that matter stand before the lists of the tokenizer
                break
            if key.startswith("general.") and value is not None:
                found[key] = clean_line(value)
    except (struct.error, ValueError):
        pass  # what was read before stands
    return found


def _read_text(head: bytes, offset: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", head, offset)
    end = offset + 8 + length
    if end > len(head):
        raise ValueError("the text ends behind what was read")
    return head[offset + 8 : end].decode(errors="replace"), end
