"""The group スコア: refreshing, the as-of date, the purpose and the definition."""
