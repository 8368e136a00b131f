"""Around the product, never in it: the template, the local stack, the operator's tools."""
