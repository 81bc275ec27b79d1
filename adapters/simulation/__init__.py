"""What every provider simulator shares: ASGI manners, fault dials, counters, clock and control."""
