"""`python -m infra.local.relay FD`: a door out of the namespace that the engine runs in.

FD is a listening socket of the world outside, which a process keeps wherever it goes.  Each
connection to it is carried to the engine, until standard input ends.
"""

import asyncio
import socket
import sys

from infra import engine

CHUNK = 65536
READY = "ready"


async def main(descriptor: int) -> None:
    """Carry bytes until whoever holds the other end of standard input goes away."""
    server = await asyncio.start_server(_carry, sock=socket.socket(fileno=descriptor))
    async with server:
        print(READY, flush=True)
        await asyncio.to_thread(sys.stdin.read)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    answers, requests = await asyncio.open_connection("127.0.0.1", engine.PORT)
    await asyncio.gather(_pump(reader, requests), _pump(answers, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass  # whoever went away is told by the closing below
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
