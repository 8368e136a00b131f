"""The whole system in one process, on an embedded AWS; never part of what is deployed."""

REGION = "eu-north-1"
TABLE = "privacy"
ACCOUNT = "123456789012"
STACK = "privacy"
DOCUMENTS = f"{STACK}-documents-{ACCOUNT}-{REGION}"
ENDPOINTS = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_DYNAMODB_STREAMS",
)
SENDER = "privacy@avara.example"
CONFIGURATION_SET = "privacy-mails"
KEYS_SECRET = "privacy-keys"  # noqa: S105  # the secret's name, not the secret


def environment(endpoint_url: str) -> dict[str, str]:
    """What makes every AWS client of a process, and the office, use the embedded AWS.

    DynamoDB is named by itself too: botocore would prefer another URL that is set for it alone.
    """
    return {
        **dict.fromkeys(ENDPOINTS, endpoint_url),
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "TABLE": TABLE,
        "KEYS_SECRET": KEYS_SECRET,
        "SENDER": SENDER,
        "CONFIGURATION_SET": CONFIGURATION_SET,
        "DOCUMENTS": DOCUMENTS,
    }
