"""`python -m infra.bench.stub`: a DynamoDB that waits as AWS does, and stores nothing.

The engine shares the cores with what is measured, and its own work is measured along.  This
answers every call after 3 to 6 ms, from a process of its own.  As many people a shard of the due
index are due as the line of JSON says that it reads first; all are like the one in it.  It prints
its address, and ends with its standard input.
"""

import asyncio
import json
import random
import secrets
import sys
from typing import Any

LEAST, MOST = 0.003, 0.006
SEED = 5
OPERATIONS = ("Query", "UpdateItem", "BatchWriteItem", "TransactWriteItems")
NAMES = {name.lower(): name for name in OPERATIONS}
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
    b"x-amzn-RequestId: 0\r\nContent-Length: %d\r\n\r\n"
)

Item = dict[str, Any]


class People:
    """Whoever is due: whole until their items are deleted, a profile afterwards."""

    def __init__(self, model: list[Item], each: int) -> None:
        self._pk = model[0]["pk"]["S"]
        self._whole = _listed(model)
        self._keys = _listed([{name: item[name] for name in ("pk", "sk")} for item in model])
        self._profile = _listed([item for item in model if item["sk"]["S"] == "PROFILE"])
        self._each = each
        self._emptied: set[str] = set()

    def answer(self, operation: str, asked: Item) -> str:
        """The body of an answer."""
        if operation == "BatchWriteItem":
            ((deletion, *_),) = asked["RequestItems"].values()
            self._emptied.add(deletion["DeleteRequest"]["Key"]["pk"]["S"])
        if operation != "Query":
            return "{}"
        pk = next(iter(asked["ExpressionAttributeValues"].values()))["S"]
        if "IndexName" in asked:
            return _listed([_entry(pk) for _ in range(self._each)])
        if not pk.startswith("S#"):
            return _listed([])
        whole = self._keys if "ProjectionExpression" in asked else self._whole
        return (self._profile if pk in self._emptied else whole).replace(self._pk, pk)


def _entry(shard: str) -> Item:
    subject_id = secrets.token_hex(16)
    return {
        "pk": {"S": f"S#{subject_id}"},
        "sk": {"S": "PROFILE"},
        "due_pk": {"S": shard},
        "due_sk": {"S": f"2026-11-22#{subject_id}"},
    }


def _listed(items: list[Item]) -> str:
    return json.dumps({"Items": items, "Count": len(items), "ScannedCount": len(items)})


async def serve(people: People) -> None:
    """Answer until standard input ends."""
    wait = random.Random(SEED).uniform  # noqa: S311  # a delay, no secret

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower():
                sent = json.loads(await reader.readexactly(int(_header(head, "content-length"))))
                operation = NAMES[_header(head, "x-amz-target").rpartition(".")[2]]
                body = people.answer(operation, sent).encode()
                await asyncio.sleep(wait(LEAST, MOST))
                writer.write(HEAD % len(body) + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)  # to close the server would wait for its clients


def _header(head: str, name: str) -> str:
    return head.partition(f"\r\n{name}: ")[2].partition("\r\n")[0]


if __name__ == "__main__":
    told = json.loads(sys.stdin.readline())
    asyncio.run(serve(People(told["model"], told["each"])))
