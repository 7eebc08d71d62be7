"""The same analysis on Apache Spark: compaction and features on a cluster, the verdict here."""
