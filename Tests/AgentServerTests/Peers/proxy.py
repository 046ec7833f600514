# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""A bad network between a host and an agent: proxy.py ADDRESS REPORT [--port N] [--seed N] [--delay S] [--jitter S]
[--pieces N] [--cuts N,N,…] [--chance P] [--freeze P]

It listens on a port of its own, which it prints, and passes bytes on to ADDRESS, a port of this machine or the path of a
socket.

--delay, --jitter    seconds by which each piece is late: always, and at random
--pieces             most bytes that are written at once; 1 writes every byte by itself
--cuts               after how many bytes, of both ways together, each connection in turn is cut; 0 for not at all, and the
                     last stands for all that follow. `LEAST-MOST` draws one.
--chance             how likely a connection that may be cut is
--freeze             how likely it carries nothing for a while before it is cut, so that neither side hears of it

A cut is a reset or a plain end, by chance. For each connection that is over, a line of JSON is added to REPORT: bytes up
(to the agent) and down, and whether it was cut.
"""

import argparse
import asyncio
import json
import random
import socket
import struct

AHEAD = 64
"""Pieces that may wait to be late; behind them, senders are held up."""
FROZEN = 40
"""Seconds without a byte: longer than either side waits for the other."""


class Line:
    """One connection."""

    def __init__(self, rules, number):
        self.rules, self.dice = rules, random.Random(f"{rules.seed} {number}")
        self.passed = {"up": 0, "down": 0}
        self.limit = self.draw(rules.cuts[min(number, len(rules.cuts) - 1)])
        if self.dice.random() >= rules.chance:
            self.limit = 0
        self.is_cut = self.is_frozen = False

    def draw(self, text):
        least, _, most = text.partition("-")
        return self.dice.randint(int(least), int(most or least))

    async def carry(self, way, reader, writer):
        """One direction: pieces are read ahead, and written when their time has come."""
        queue, loop = asyncio.Queue(AHEAD), asyncio.get_running_loop()

        async def read():
            while piece := await reader.read(1 << 16):
                late = self.rules.delay + self.dice.random() * self.rules.jitter
                await queue.put((loop.time() + late, piece))
            await queue.put((0, b""))

        async def write():
            while True:
                time, piece = await queue.get()
                if not piece:
                    return writer.write_eof() if writer.can_write_eof() else None
                if time > loop.time():
                    await asyncio.sleep(time - loop.time())
                while piece:
                    if self.is_frozen:
                        await asyncio.sleep(2 * FROZEN)
                    part = piece[: self.dice.randint(1, self.rules.pieces)]
                    if self.limit and sum(self.passed.values()) + len(part) > self.limit:
                        self.is_frozen = self.dice.random() < self.rules.freeze
                        await asyncio.sleep(FROZEN if self.is_frozen else 0)
                        self.is_cut = True
                        raise ConnectionAbortedError
                    piece = piece[len(part) :]
                    writer.write(part)
                    self.passed[way] += len(part)
                    await writer.drain()

        async with asyncio.TaskGroup() as group:
            group.create_task(read())
            group.create_task(write())

    async def serve(self, reader, writer):
        """Both directions, until both have ended or one is broken."""
        try:
            address = self.rules.address
            far = asyncio.open_unix_connection(address) if address.startswith("/") else asyncio.open_connection(
                "127.0.0.1", int(address))
            far_reader, far_writer = await far
        except OSError:
            return writer.transport.abort()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.carry("up", reader, far_writer))
                group.create_task(self.carry("down", far_reader, writer))
        except* (OSError, EOFError):
            pass
        finally:
            is_reset = self.is_cut and self.dice.random() < 0.5
            for end in (writer, far_writer):
                if is_reset and (own := end.get_extra_info("socket")) and own.family != socket.AF_UNIX:
                    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    end.transport.abort()
                else:
                    end.close()
            with open(self.rules.report, "a") as file:
                file.write(json.dumps(self.passed | {"cut": self.is_cut}) + "\n")


async def listen(rules):
    lines, count = set(), iter(range(1 << 62))

    def take(reader, writer):
        # A task that nobody holds may go before its end.
        line = asyncio.create_task(Line(rules, next(count)).serve(reader, writer))
        lines.add(line)
        line.add_done_callback(lines.discard)

    server = await asyncio.start_server(take, "127.0.0.1", rules.port, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("report")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--jitter", type=float, default=0)
    parser.add_argument("--pieces", type=int, default=1 << 16)
    parser.add_argument("--cuts", type=lambda text: text.split(","), default=["0"])
    parser.add_argument("--chance", type=float, default=1)
    parser.add_argument("--freeze", type=float, default=0)
    try:
        asyncio.run(listen(parser.parse_args()))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
