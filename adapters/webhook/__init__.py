"""A receiver of one's own as a target: one signed call per change."""
