"""The policies of `.chalice/policies`, held as AWS holds them, wherever no AWS does: in the tests
and in the local stack.  Never part of what is deployed.

policies    what a policy file says of a need: which grants cover it, or that it is denied
needs       what AWS asks permission for when botocore makes a call
enforcing   every call of an invocation, held to the policy of its function
minimal     what a policy gives that was never used
"""
