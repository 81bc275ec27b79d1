"""The numbers that orgledger holds, measured as ratios of one run; see docs/reference/numbers.md."""
