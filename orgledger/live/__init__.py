"""The live side: what is told comes in, is followed and goes out, for as long as it runs."""
