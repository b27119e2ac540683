"""What the names of a model's files say, and the headers of its weights, from their first bytes only."""

from __future__ import annotations

import struct
from math import prod
from typing import Any

from aisafe_cli.errors import InputError
from aisafe_cli.importing.facts import Reading, clean_line, split_words
from aisafe_cli.parsing.json import parse_json

MAX_HEADER = 1 << 23
_WEIGHTS = split_words(
    ".bin .ckpt .engine .ggml .gguf .h5 .joblib .keras .llamafile .mlmodel .msgpack .nemo .npz .onnx .pb .pickle .pkl"
    " .pt .pte .pth .safetensors .tflite .task"
)
_NO_WEIGHTS = ("training_args", "optimizer", "scheduler", "rng_state", "random_states", "tokenizer", "vocab")
_POLICY_WORDS = ("policy", "safety", "responsib", "acceptable", "risk", "eval")
_FLOATS = frozenset({"BF16", "F16", "F32", "F64", "F8_E4M3", "F8_E5M2"})
_MAX_KEYS = 200
# The types of GGUF: a text, and the formats of values that have a fixed size. Any other is a list.
_TEXT = 8
_FORMATS = {0: "x", 1: "x", 2: "2x", 3: "2x", 4: "<I", 5: "<i", 6: "4x", 7: "x", 10: "<Q", 11: "<q", 12: "8x"}


def is_weight_file(name: str) -> bool:
    """Return whether a file's name is one of weights."""
    base = name.rpartition("/")[2].lower()
    return base.endswith(tuple(_WEIGHTS)) and not base.startswith(_NO_WEIGHTS)


def note_policy_file(name: str, line: int, reading: Reading) -> None:
    """Write down a file whose name speaks of a policy, a safety test or a paper."""
    base = name.rpartition("/")[2].lower()
    if base.endswith((".md", ".pdf", ".txt")) and any(word in base for word in _POLICY_WORDS):
        reading.note_evidence(line, f"file {name}")


def count_parameters(head: bytes) -> int | None:
    """Return how many numbers the tensors of a safetensors file hold; None where the header does not say it."""
    length = int.from_bytes(head[:8], "little")
    try:
        tensors = parse_json(head[8 : 8 + length].decode()) if 0 < length <= len(head) - 8 else None
    except (InputError, UnicodeDecodeError):
        return None
    total = 0
    for name, tensor in tensors.items() if isinstance(tensors, dict) else ():
        if name != "__metadata__":
            size = _count_tensor(tensor if isinstance(tensor, dict) else {})
            if size is None:
                return None
            total += size
    return total if 0 < total < 10**15 else None


def _count_tensor(tensor: dict[str, Any]) -> int | None:
    """Return the size of a tensor; None for packed numbers, as of quantized models, which stand for others."""
    shape = tensor.get("shape")
    if not isinstance(shape, list) or not all(type(size) is int and 0 <= size < 1 << 40 for size in shape[:16]):
        return None
    is_packed = tensor.get("dtype") not in _FLOATS and len(shape) > 1
    return None if is_packed else prod(shape[:16])


def read_gguf(head: bytes) -> dict[str, str]:
    """Return the texts and numbers under `general.` at the beginning of a GGUF file; empty for anything else."""
    values: dict[str, str] = {}
    if head[:4] != b"GGUF":
        return values
    try:
        version, _, count = struct.unpack_from("<IQQ", head, 4)
        offset = 24
        for _ in range(min(count, _MAX_KEYS) if 2 <= version < 100 else 0):
            key, offset = _read_gguf_text(head, offset)
            (kind,) = struct.unpack_from("<I", head, offset)
            if kind == _TEXT:
                value, offset = _read_gguf_text(head, offset + 4)
            elif kind in _FORMATS:
                value = "".join(map(str, struct.unpack_from(_FORMATS[kind], head, offset + 4)))
                offset += 4 + struct.calcsize(_FORMATS[kind])
            else:  # a list; the keys that matter stand before the lists of the tokenizer
                break
            if key.startswith("general.") and (kind == _TEXT or value):
                values[key] = clean_line(value)
    except (struct.error, ValueError):
        pass  # what was read before stands
    return values


def _read_gguf_text(head: bytes, offset: int) -> tuple[str, int]:
    (length,) = struct.unpack_from("<Q", head, offset)
    end = offset + 8 + length
    if end > len(head):
        raise ValueError("the text goes on beyond what was read")
    return head[offset + 8 : end].decode(errors="replace"), end
