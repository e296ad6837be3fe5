"""The group データ: importing, checking, doubles and the sample."""
