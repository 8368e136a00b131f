"""The botocore client of the table, without what botocore does twice for each call.

It uses two seams of a session, of which a test watches over both: the configuration that clients
are made with, and the factory of parsers.
"""

from typing import Any

import msgspec
from botocore import parsers
from botocore.config import Config

AGENT = "avara-privacy"
"""What calls say they come from; botocore would put its own together anew for each, twice."""


def prepare(session: Any) -> None:
    """Let the clients that a session makes from now on do without."""
    session.set_default_client_config(Config(user_agent=AGENT))
    session.register_component("response_parser_factory", AsTheyCame())


class AsTheyCame:
    """Parses DynamoDB's answers, and is the factory that botocore asks for who does.

    They are JSON already.  botocore walks through each a second time for what JSON cannot hold,
    bytes and times, and the table has neither.  Errors are left to botocore.
    """

    def create_parser(self, protocol: str) -> Any:
        return self if protocol == "json" else parsers.create_parser(protocol)

    def parse(self, response: dict[str, Any], shape: Any) -> dict[str, Any]:
        """The answer in a response of botocore's: `status_code`, `headers` and `body`."""
        status = response["status_code"]
        if status != 200:
            told: dict[str, Any] = parsers.create_parser("json").parse(response, shape)
            return told
        answer: dict[str, Any] = msgspec.json.decode(response["body"])
        return answer | {"ResponseMetadata": {"HTTPStatusCode": status}}
