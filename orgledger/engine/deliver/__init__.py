"""Deliver: bring an organization to a target, safely, observably and resumably."""
