"""The group 記録: snapshots, movement, traces and the log."""
