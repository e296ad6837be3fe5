"""The group ヘルプ: functions, glossary, diagnosis, a copy with values only."""
