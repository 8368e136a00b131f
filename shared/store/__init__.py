"""The one table, behind functions in domain words.  PynamoDB is private to this package."""
