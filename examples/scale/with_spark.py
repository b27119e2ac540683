"""Judge a registry with Spark, on two workers here: `python with_spark.py models.parquet [summary.json]`."""

import os
import sys
from time import perf_counter

import pyarrow as pa
import pyarrow.parquet as pq
from counting import judge, tell
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema


def judge_batches(batches):
    for batch in batches:
        yield from judge(pa.Table.from_batches([batch])).to_batches()


if __name__ == "__main__":
    path = sys.argv[1]
    verdict_schema = judge(pq.read_schema(path).empty_table()).schema
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = SparkSession.builder.master("local[2]").appName("aisafe").getOrCreate()
    spark.sparkContext.addPyFile(os.path.join(os.path.dirname(os.path.abspath(__file__)), "counting.py"))
    start = perf_counter()
    verdicts = spark.read.parquet(path).mapInArrow(judge_batches, from_arrow_schema(verdict_schema))
    counts = {row["verdict"]: row["count"] for row in verdicts.groupBy("verdict").count().collect()}
    tell("Spark", counts, perf_counter() - start)
    spark.stop()
