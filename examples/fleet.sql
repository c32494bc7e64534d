-- Cost of each cluster and month in DuckDB; REPORTS is the folder or bucket of --deliver.
-- Where a month has several reports, the last one counts: report.parquet, report-2.parquet, …
SELECT x_Cluster AS cluster, month, sum(EffectiveCost) AS cost
FROM (
    SELECT *, rank() OVER (PARTITION BY x_Cluster, month ORDER BY length(filename) DESC, filename DESC) AS age
    FROM read_parquet('REPORTS/cluster=*/month=*/report*.parquet', filename = true, hive_partitioning = true,
                      hive_types = {'cluster': VARCHAR, 'month': VARCHAR})
)
WHERE age = 1
GROUP BY ALL
ORDER BY ALL;
