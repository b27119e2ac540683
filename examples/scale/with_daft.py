"""Judge a registry with Daft: `python with_daft.py models.parquet [summary.json]`."""

import sys
from time import perf_counter

import daft
import pyarrow as pa
import pyarrow.parquet as pq
from counting import judge, tell

KEYS = ("schema_version", "model", "organization", "channels", "safeguards")
READ = pa.schema([pq.read_schema(sys.argv[1]).field(name) for name in ("repository", *KEYS)])
MADE = judge(READ.empty_table()).schema


@daft.udf(return_dtype=daft.DataType.from_arrow_type(pa.struct(list(MADE))))
def judge_columns(*columns):
    table = pa.table({name: column.to_arrow() for name, column in zip(READ.names, columns, strict=True)})
    return judge(table.cast(READ)).to_struct_array().combine_chunks()


if __name__ == "__main__":
    start = perf_counter()
    verdicts = daft.read_parquet(sys.argv[1]).select(
        judge_columns(*(daft.col(name) for name in READ.names)).alias("judged")
    )
    counted = (
        verdicts.select(daft.col("judged").get("verdict").alias("verdict"))
        .groupby("verdict")
        .agg(daft.col("verdict").count().alias("count"))
    )
    counts = {row["verdict"]: row["count"] for row in counted.to_pylist()}
    tell("Daft", counts, perf_counter() - start)
