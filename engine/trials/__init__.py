"""What-if: tables changed on a copy, scored by the same way as ever, and set beside the run."""
