"""What the engine costs: CPU per run, latency of a start and of a token, overhead of a streamed answer.

    python benchmarks/engine.py [DATABASE_URL]

Without an address it uses a new SQLite file. Token latency stands beside a bare unix socket's in the same run.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from deskhand.engine import Context, Engine, open_engine
from deskhand.nouns import Json
from deskhand.store import Database, metadata

MARK = uuid.uuid4().hex[:8]
RUNS = 300
AT_ONCE = 32
TOKENS = 200
TOKENS_PER_SECOND = 50

begun: dict[str, float] = {}


async def nothing(number: int) -> int:
    return number


async def five_steps(context: Context, payload: Json) -> Json:
    begun[context.run_id] = time.perf_counter()
    for number in range(5):
        await context.step("nothing", nothing, number)
    return None


async def answer(context: Context, payload: Json) -> Json:
    async def speak() -> int:
        begin = time.perf_counter()
        for number in range(TOKENS):
            due = begin + (number + 1) / TOKENS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await context.emit("token", {"text": f"word{number} ", "sent": time.perf_counter()})
        return TOKENS

    for number in range(3):
        await context.step("nothing", nothing, number)
    return await context.step("speak", speak)


async def burst(context: Context, payload: Json) -> Json:
    begin = time.perf_counter()
    for number in range(payload):
        await context.emit("token", {"text": "word", "number": number})
    return (time.perf_counter() - begin) / payload


def line(name: str, values: Sequence[float], unit: str = "ms") -> None:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(f"{name:58} p50 {statistics.median(ordered):8.2f}   p99 {p99:8.2f} {unit}")


async def start_latency(engine: Engine, key: str | None) -> None:
    accepted, first = [], []
    for number in range(100):
        run_id = f"{MARK}-latency-{key}-{number}"
        began = time.perf_counter()
        await engine.start("five_steps", run_id, None, key=key)
        accepted.append((time.perf_counter() - began) * 1000)
        await engine.result(run_id)
        first.append((begun[run_id] - began) * 1000)
    kind = "with a key" if key else "without key"
    line(f"start to accepted, {kind}", accepted)
    line(f"start to the workflow's first line, {kind}", first)


async def throughput(engine: Engine) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with room:
            await engine.start("five_steps", f"{MARK}-many-{number}", None)
            await engine.result(f"{MARK}-many-{number}")

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(RUNS)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{'runs of five steps, 32 at once':58} {RUNS / wall:8.1f} /s, {cpu / RUNS * 1000:.2f} ms CPU each")


async def answers(engine: Engine) -> None:
    late: list[float] = []

    async def one(number: int) -> float:
        began = time.perf_counter()
        await engine.start("answer", f"{MARK}-answer-{number}", None)
        events = engine.follow(f"{MARK}-answer-{number}")
        late.extend([(time.perf_counter() - event.data["sent"]) * 1000 async for event in events])
        return time.perf_counter() - began - TOKENS / TOKENS_PER_SECOND

    cpu = time.process_time()
    over = await asyncio.gather(*(one(number) for number in range(AT_ONCE)))
    cpu = time.process_time() - cpu
    line(f"answer of {TOKENS} tokens, {AT_ONCE} at once: longer than the model's 4 s", [one * 1000 for one in over])
    line("a token to its follower in the same process", late)
    print(f"{'CPU of those answers':58} {cpu / AT_ONCE * 1000:8.1f} ms each")


async def emits(engine: Engine) -> None:
    await engine.start("burst", f"{MARK}-burst", 20_000)
    cost = await engine.result(f"{MARK}-burst")
    print(f"{'emit':58} {cost * 1e6:8.2f} us")


FOLLOWER = """
import asyncio, json, sys, time
from pathlib import Path
from deskhand.engine import open_engine
from deskhand.store import Database
async def main():
    url, folder = sys.argv[1:]
    engine = open_engine(url, Path(folder), Database(url))
    await engine.launch()
    print("ready", flush=True)
    run_id = await asyncio.to_thread(sys.stdin.readline)
    late = [(time.perf_counter() - e.data["sent"]) * 1000 async for e in engine.follow(run_id.strip())]
    print(json.dumps(late), flush=True)
    await engine.close(grace=0)
asyncio.run(main())
"""


async def token_to_another_process(engine: Engine, url: str, folder: Path) -> None:
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    follower = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FOLLOWER, url, str(folder), **pipes, limit=1 << 22
    )
    assert follower.stdin is not None
    assert follower.stdout is not None
    await follower.stdout.readline()
    await engine.start("answer", f"{MARK}-remote", None)
    follower.stdin.write(f"{MARK}-remote\n".encode())
    late = json.loads(await follower.stdout.readline())
    line("a token to a follower in another process", late[10:])
    await follower.wait()


BARE = """
import asyncio, json, sys, time
async def main():
    reader, _ = await asyncio.open_unix_connection(sys.argv[1])
    late = []
    while line := await reader.readline():
        late.append((time.perf_counter() - json.loads(line)["sent"]) * 1000)
    print(json.dumps(late))
asyncio.run(main())
"""


async def bare_socket(folder: Path) -> None:
    async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(TOKENS):
            await asyncio.sleep(1 / TOKENS_PER_SECOND)
            writer.write(json.dumps({"text": f"word{number} ", "sent": time.perf_counter()}).encode() + b"\n")
            await writer.drain()
        writer.close()

    path = str(folder / "bare.sock")
    server = await asyncio.start_unix_server(send, path)
    reader = await asyncio.create_subprocess_exec(sys.executable, "-c", BARE, path, stdout=asyncio.subprocess.PIPE)
    out, _ = await reader.communicate()
    server.close()
    line("a token over a bare unix socket", json.loads(out)[10:])


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder / 'desk.db'}"
        database = Database(url)
        engine = open_engine(url, folder, database)
        with database.writing() as connection:
            metadata.create_all(connection)
        for workflow in (five_steps, answer, burst):
            engine.register(workflow.__name__, workflow)
        await engine.launch()
        print(url.split(":")[0])
        await start_latency(engine, None)
        await start_latency(engine, "key")
        await throughput(engine)
        await answers(engine)
        await emits(engine)
        await token_to_another_process(engine, url, folder)
        await bare_socket(folder)
        await engine.close()
        database.close()


if __name__ == "__main__":
    asyncio.run(main())
