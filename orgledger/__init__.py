"""The product: engine, command line and service around the domain."""
