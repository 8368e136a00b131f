"""A stage is deployed, walked and removed, to see on AWS what no test here can show."""
