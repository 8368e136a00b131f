"""A stage's way to AWS, back to the release before, and away again; by boto3 alone."""
