# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Hosts in every state of a session, while they are cut or the agent is killed; prints what came of it as JSON.

cut AGENT FOLDER     each host's connection ends in its state, by a reset or plainly; another host goes on at once
kill AGENT FOLDER    the agent is killed while hosts are in their states, and comes back; all learn of it
replay AGENT FOLDER  what a host said is said again
crash AGENT FOLDER   models that crash their runtime, that never end, and that are none
runs AGENT FOLDER    single inferences in a row and at once, and one that ends its process after others went well
"""

import hashlib
import json
import pathlib
import random
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "TargetProtocolTests" / "Peer"))
import device  # noqa: E402
import models  # noqa: E402
import target_protocol as protocol  # noqa: E402
from agent import TOKEN, Agent  # noqa: E402

SAMPLES = device.samples_of([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
MODEL = models.scale(3.0)
LARGE = random.Random(7).randbytes(4 << 20)


class States:
    """Each method brings a host into a state of that name, and gives its connection."""

    def __init__(self, agent):
        self.agent = agent

    def known(self, over_tls=True):
        return device.known(str(self.agent.port) if over_tls else self.agent.socket, TOKEN)

    def loaded(self, model=MODEL):
        client = self.known()
        client.upload(model)
        client.upload(SAMPLES)
        client.request("turn.acquire")
        worker, _, _ = device.load(client, model, SAMPLES)
        return client, worker

    # Without the turn

    def connected(self):
        return socket.create_connection(("127.0.0.1", self.agent.port), 60)

    def shaking_hands(self):
        connection = self.connected()
        connection.sendall(b"\x16\x03\x01\x02\x00\x01")
        return connection

    def saying_hello(self):
        connection = device.dial(str(self.agent.port))
        connection.sendall(protocol.MAGIC + b"\x01\x01" + b"\x01\x01\x00")
        return connection

    def authenticating(self):
        return device.connect(str(self.agent.port)).connection

    def refused(self):
        """The agent waits for a second before it says so."""
        client = device.connect(str(self.agent.port))
        client.write(protocol.message("prove", 0, bytes([2]) + bytes(32)))
        return client.connection

    def idle(self):
        return self.known().connection

    def on_a_socket(self):
        return self.known(over_tls=False).connection

    def uploading(self):
        client = self.known()
        stream = client.open("offer", hashlib.sha256(LARGE).digest() + struct.pack("<Q", len(LARGE)))
        offset, credit = struct.unpack("<QI", client.next("want", stream=stream))
        count = min(credit, 1 << 20, len(LARGE) - offset - 1)
        count -= 50
        for place in range(offset, offset + count, protocol.FRAME_LIMIT):
            piece = LARGE[place : min(place + protocol.FRAME_LIMIT, offset + count)]
            client.write(protocol.frame("data", stream, piece, end=False))
        # The middle of a frame.
        rest = LARGE[offset + count : offset + count + 100]
        client.write(protocol.frame("data", stream, rest, end=False)[:50])
        return client.connection

    def downloading(self):
        client = self.known()
        content = random.Random(8).randbytes(1 << 20)
        client.upload(content)
        stream = client.open("fetch", hashlib.sha256(content).digest() + struct.pack("<QI", 0, 1000))
        client.next("offer", stream=stream)
        return client.connection

    def watching_the_log(self):
        client = self.known()
        client.ask("log.watch", {"level": "debug"})
        return client.connection

    def watching_statistics(self):
        client = self.known()
        stream = client.ask("statistics.watch", {"seconds": 0.1})
        client.next("event", stream=stream)
        return client.connection

    # With the turn

    def having_the_turn(self):
        client = self.known()
        client.request("turn.acquire")
        return client.connection

    def starting_a_process(self):
        client = self.known()
        client.request("turn.acquire")
        client.ask("worker.start", {"runtime": "onnxruntime"})
        return client.connection

    def loading(self):
        client = self.known()
        client.upload(MODEL)
        client.upload(SAMPLES)
        client.request("turn.acquire")
        worker = client.request("worker.start", {"runtime": "onnxruntime"})["worker"]
        client.ask("samples.open", {"path": device.path_of(SAMPLES)}, worker)
        return client.connection

    def warming_up(self):
        client, worker = self.loaded(models.endless())
        client.ask("measure.warmUp", {"maximumSeconds": 30}, worker)
        return client.connection

    def measuring(self):
        client, worker = self.loaded()
        client.request("measure.warmUp", {"maximumSeconds": 0.05}, worker)
        client.ask("measure.block", {"inferences": 1_000_000}, worker)
        return client.connection

    def running(self):
        client, worker = self.loaded(models.endless())
        row = [("float32", [1, 4], struct.pack("<4f", 1, 2, 3, 4))]
        client.open("run", struct.pack("<I", worker) + protocol.encode_tensors(row))
        return client.connection

    def collecting_outputs(self):
        client, worker = self.loaded()
        client.ask("predict.outputs", {"path": "blob:"}, worker)
        return client.connection

    def waiting_for_the_turn(self):
        """Behind another host, which stays until it is closed."""
        holder = self.known(over_tls=False)
        holder.request("turn.acquire")
        client = self.known()
        stream = client.ask("turn.acquire")
        place = json.loads(client.next("event", stream=stream))
        assert place == {"event": "position", "position": 0}, place
        client.connection.holder = holder.connection
        return client.connection


WITHOUT = (
    "connected shaking_hands saying_hello authenticating refused idle on_a_socket uploading downloading watching_the_log "
    "watching_statistics"
).split()
WITH = (
    "having_the_turn starting_a_process loading warming_up measuring running collecting_outputs waiting_for_the_turn"
).split()


def holder(connection):
    """What a state left beside its connection."""
    return getattr(connection, "holder", None)


def end(connection, is_reset):
    if is_reset and connection.family != socket.AF_UNIX:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def check(states):
    """Another host measures, and gets what the model gives."""
    client, worker = states.loaded()
    _, _, values = device.run(client, worker, [1.0, 2.0, 3.0, 4.0])
    ids, written = device.outputs(client, worker)
    client.close()
    client.connection.close()
    expected = {"0/y": [3.0, 6.0, 9.0, 12.0], "1/y": [15.0, 18.0, 21.0, 24.0]}
    assert values == expected["0/y"] and device.numbers(written) == expected and ids == ["0", "1"], (values, written)


def settle(agent, descriptors):
    """Nothing of those that were cut is left."""
    agent.wait(lambda: not agent.children(), "measuring processes of hosts that were cut live")
    agent.wait(lambda: agent.descriptors() <= descriptors, f"descriptors stay open: {descriptors} became more")


def cut(agent):
    states = States(agent)
    # What is opened once stays open.
    check(states)
    agent.wait(lambda: not agent.children(), "a measuring process lives")
    time.sleep(0.5)
    descriptors = agent.descriptors()
    for number, name in enumerate(WITHOUT + WITH):
        connection = getattr(states, name)()
        if other := holder(connection):
            end(connection, number % 2 == 0)
            connection = other
        end(connection, number % 2 == 0)
        if name in WITH:
            client = states.known(over_tls=False)
            client.request("turn.acquire")
            client.close()
            client.connection.close()
    check(states)
    settle(agent, descriptors)
    files = agent.files()
    return {"states": len(WITHOUT + WITH), "new": files["new"][0], "begun": files["begun"][0]}


def learns(connection, name):
    """Whoever was in a session hears of its end; the socket's own time is the bound."""
    while True:
        try:
            if not connection.recv(1 << 16):
                return
        except TimeoutError:
            raise AssertionError(f"{name}: nothing was heard of the end") from None
        except OSError:
            return


def kill(agent):
    states, lives = States(agent), [WITHOUT + ["warming_up"], ["waiting_for_the_turn"]]
    lives += [[name] for name in ("starting_a_process", "measuring", "running", "collecting_outputs")]
    for names in lives:
        connections = [(name, getattr(states, name)()) for name in names]
        agent.kill()
        for name, connection in connections:
            learns(connection, name)
            connection.close()
            if other := holder(connection):
                learns(other, name)
                other.close()
        agent.start()
        check(states)
    # What came of the upload before the agent was killed isn't sent again.
    client = states.known()
    sent = client.upload(LARGE)
    back = client.download(hashlib.sha256(LARGE).digest()) == LARGE
    client.close()
    files = agent.files()
    return {"states": sum(map(len, lives)), "kept": len(LARGE) - sent, "back": back, "new": files["new"][0]}


def replay(agent):
    """All that a host wrote, once more on a connection of its own: over plain sockets, where it could be overheard."""
    written = []
    connection = device.dial(agent.socket)

    def write(piece):
        written.append(piece)
        connection.sendall(piece)

    client = protocol.Host(lambda: connection.recv(1 << 16), write)
    client.by_token(bytes.fromhex(TOKEN))
    client.close()
    connection.close()
    again = device.dial(agent.socket)
    # The hello and the proof.
    again.sendall(b"".join(written[:2]))
    decoder, said = protocol.Decoder(), []
    while piece := again.recv(1 << 16):
        said += [(name, payload) for name, _, payload, _ in decoder.feed(piece)]
    return {"said": [name for name, _ in said], "code": struct.unpack("<H", said[-1][1][:2])[0]}


def attempt(states, model, use, samples=SAMPLES):
    """What becomes of a host that uses a model."""
    client = states.known()
    try:
        client.upload(model)
        client.upload(samples)
        client.request("turn.acquire")
        worker, _, _ = device.load(client, model, samples)
        return use(client, worker)
    except protocol.Closed:
        raise
    except protocol.Failure as failure:
        return {"code": failure.code, "why": json.loads(str(failure))["why"]}
    finally:
        client.close()
        client.connection.close()


def crash(agent):
    states = States(agent)
    pid = agent.process.pid

    def first(client, worker):
        return client.request("measure.firstInference", worker=worker)

    def single(client, worker):
        stream = client.open("run", struct.pack("<I", worker) + protocol.encode_tensors(
            [("float32", [1, 4], struct.pack("<4f", 1, 2, 3, 4))]))
        time.sleep(0.2)
        return {"code": client.cancel(stream), "why": ""}

    def late(client, worker):
        return client.request("measure.firstInference", worker=worker, within=0.5)

    found = {
        "crashed": attempt(states, models.quotient(models.LEAST), first, device.samples_of([[-1.0] * 4])),
        "late": attempt(states, models.endless(), late),
        "stopped": attempt(states, models.endless(), single),
        "garbage": attempt(states, b"no model", first),
    }
    check(states)
    settle(agent, 1 << 20)
    return found | {"lives": agent.process.pid == pid and agent.process.poll() is None}


def row_of(number):
    return [("float32", [1, 4], struct.pack("<4f", *[number] * 4))]


def runs(agent):
    client, worker = States(agent).loaded()
    in_a_row = all(device.run(client, worker, [number] * 4)[2] == [3.0 * number] * 4 for number in range(50))
    streams = [
        client.open("run", struct.pack("<I", worker) + protocol.encode_tensors(row_of(number)))
        for number in range(4)]
    given = [protocol.decode_tensors(client.next("outputs", stream=stream)[8:]) for stream in streams]
    at_once = all(tensors[0][2] == struct.pack("<4f", *[3.0 * n] * 4) for n, tensors in enumerate(given))
    client.close()
    client.connection.close()

    def wrong_at_last(client, worker):
        quotients = [device.run(client, worker, [2.0] * 4)[2] for _ in range(5)]
        assert quotients == [[models.LEAST / 2] * 4] * 5, quotients
        return device.run(client, worker, [-1.0] * 4)

    end = attempt(States(agent), models.quotient(models.LEAST), wrong_at_last, device.samples_of([[1.0] * 4]))
    return {"inARow": in_a_row, "atOnce": at_once, "end": end}


def main(command, program, folder):
    agent = Agent(program, folder)
    agent.start()
    try:
        answer = {"cut": cut, "kill": kill, "replay": replay, "crash": crash, "runs": runs}[command](agent)
        print(json.dumps(answer | {"ended": agent.stop()}))
    finally:
        if agent.process.poll() is None:
            agent.process.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
