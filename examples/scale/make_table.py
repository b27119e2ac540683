"""Write a registry to try: `python make_table.py ROWS FILE.parquet`. The same rows come out each time."""

import sys
from itertools import cycle, islice, product, repeat

import pyarrow as pa
import pyarrow.parquet as pq

ACCESS = ("hosted_api", "open_weights", "gated_weights_clickthrough", "on_device_managed", "hosted_api_finetune")
SIZES = ("solo", "small", "medium", "large")
CAPABILITIES = ("low", "moderate", "high", "unknown")
STATUSES = ("implemented", "implemented", "partial", "planned", None)
SAFEGUARDS = tuple(f"AB-{number:02}" for number in range(1, 15))
ROWS_AT_ONCE = 10_000
SCHEMA = pa.schema(
    {
        "repository": pa.string(),
        "schema_version": pa.int64(),
        "model": pa.struct({"name": pa.string(), "parameters": pa.float64(), "capability": pa.string()}),
        "organization": pa.struct({"size": pa.string()}),
        "channels": pa.list_(pa.struct({"id": pa.string(), "access": pa.string(), "license": pa.string()})),
        "safeguards": pa.struct({name: pa.string() for name in SAFEGUARDS}),
    }
)


def make_rows(first, count):
    choices = list(product(ACCESS, SIZES, CAPABILITIES))
    for number in range(first, first + count):
        access, size, capability = choices[number * 7 % len(choices)]
        yield {
            "repository": f"lab/model-{number}",
            "schema_version": 1,
            "model": {"name": f"Model {number}", "parameters": 7.0e9, "capability": capability},
            "organization": {"size": size},
            "channels": [{"id": "main", "access": access, "license": "apache-2.0"}],
            "safeguards": dict(zip(SAFEGUARDS, list_answers(number), strict=False)),
        }


def list_answers(number):
    return repeat("implemented") if number % 3 == 0 else islice(cycle(STATUSES), number % 11, None)


def main(count, path):
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for first in range(0, count, ROWS_AT_ONCE):
            rows = list(make_rows(first, min(ROWS_AT_ONCE, count - first)))
            writer.write_table(pa.Table.from_pylist(rows, SCHEMA))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
