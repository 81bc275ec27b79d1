"""What the product does with the domain: read a system, publish a change, look back."""
