"""The language of twitlab: values, rules and pure algorithms. Imports no redis, duckdb, networkx or Jupyter."""
