"""The numbers that orgledger holds, as ratios of one run; see docs/reference/numbers.md."""
