"""fleet_spark.py REPORTS: cost of each cluster and month in Spark; REPORTS is the folder or bucket of --deliver.
Where a month has several reports, the last one counts: report.parquet, report-2.parquet, …"""

import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F


def session():
    """A local Spark; the names of months and clusters in the paths are text."""
    settings = {
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    return SparkSession.builder.master("local[2]").appName("fleet").config(map=settings).getOrCreate()


def costs(spark, reports):
    """Rows of cluster, month and cost."""
    charges = spark.read.option("pathGlobFilter", "report*.parquet").parquet(reports)
    age = F.rank().over(Window.partitionBy("x_Cluster", "month").orderBy(F.length("file").desc(), F.desc("file")))
    latest = charges.withColumn("file", F.input_file_name()).withColumn("age", age).where("age = 1")
    sums = latest.groupBy(F.col("x_Cluster").alias("cluster"), "month").agg(F.sum("EffectiveCost").alias("cost"))
    return sums.orderBy("cluster", "month")


if __name__ == "__main__":
    costs(session(), sys.argv[1]).show(100, truncate=False)
