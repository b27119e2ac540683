"""Judge a registry with Ray Data, on two processors here: `python with_ray.py models.parquet [summary.json]`."""

import os
import sys
from collections import Counter
from time import perf_counter

import ray
from counting import judge, tell

if __name__ == "__main__":
    ray.init(num_cpus=2, runtime_env={"env_vars": {"PYTHONPATH": os.path.dirname(os.path.abspath(__file__))}})
    start = perf_counter()
    verdicts = ray.data.read_parquet(os.path.abspath(sys.argv[1])).map_batches(judge, batch_format="pyarrow")
    counts = Counter()  # `groupby` would spread a few words over 200 partitions
    for batch in verdicts.select_columns(["verdict"]).iter_batches(batch_format="pyarrow", batch_size=None):
        counts.update(batch["verdict"].to_pylist())
    tell("Ray", counts, perf_counter() - start)
