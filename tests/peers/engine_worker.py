"""A process that carries runs, told what to do by lines of JSON, and killed by the tests.

Each step writes a line to a log outside the database when it begins; the acting step leaves one file per idempotency
key, as an outside system that honours such keys does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from deskhand.engine import Context
from deskhand.engine.dbos import DbosEngine
from deskhand.nouns import Json
from deskhand.store import Database

OUTSIDE = Path(sys.argv[3])


def note(*words: object) -> None:
    line = " ".join(str(word) for word in words) + "\n"
    file = os.open(OUTSIDE / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, line.encode())
    os.close(file)


async def work(run_id: str, step: str, seconds: float) -> str:
    note("begun", run_id, step)
    await asyncio.sleep(seconds)
    return step


async def act(key: str, run_id: str) -> str:
    note("begun", run_id, "act")
    try:
        os.close(os.open(OUTSIDE / "effects" / key, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return "done before"
    await asyncio.sleep(0.01)
    return "done"


async def deed(context: Context, payload: Json) -> Json:
    for number in range(4):
        await context.emit("progress", {"step": number})
        await context.step(f"step-{number}", work, context.run_id, f"step-{number}", payload["seconds"])
        if number == 1:
            await context.effect("act", act, context.run_id)
    return {"run": context.run_id}


async def speak(context: Context) -> None:
    await context.emit("token", {"text": "one"})
    while not (OUTSIDE / "go").exists():
        await asyncio.sleep(0.01)
    await context.emit("token", {"text": "two", "long": "x" * 20_000})
    await context.emit("token", {"text": "three"})


async def talk(context: Context, payload: Json) -> Json:
    await context.step("speak", speak, context)
    return "said"


async def answer(engine: DbosEngine, asked: dict[str, Any]) -> Json:
    if "start" in asked:
        new = await engine.start(asked["workflow"], asked["start"], asked.get("payload", {}), key=asked.get("key"))
        return {"accepted": asked["start"], "new": new}
    if "result" in asked:
        return {"result": await engine.result(asked["result"], timeout=60)}
    raise SystemExit


async def main() -> None:
    url, data_dir = sys.argv[1:3]
    database = Database(url)
    engine = DbosEngine(url, Path(data_dir), database, heartbeat=0.2, dead_after=1.0)
    for workflow in (deed, talk):
        engine.register(workflow.__name__, workflow)
    await engine.launch()
    say({"ready": engine.executor_id, "carries": engine.carries})
    while line := await asyncio.to_thread(sys.stdin.readline):
        say(await answer(engine, json.loads(line)))
    await engine.close(grace=0)
    database.close()


def say(message: Json) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
