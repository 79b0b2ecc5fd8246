"""Our Slack over HTTP: Web API with its faults, downloads, response URLs, Socket Mode's door."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import slack_reading  # noqa: F401 - its methods register themselves
from aiohttp import web
from slack_blocks import Refused
from slack_core import Call
from slack_faults import Fault
from slack_methods import METHODS
from slack_people import People
from slack_world import APP


class Web(People):
    """One handler per kind of request."""

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        arguments, token = await _arguments(request)
        call = Call(name, arguments, time.time())
        channel = str(arguments.get("channel") or arguments.get("channel_id") or "")
        with self._lock:
            call.early = self._faults.early(name, channel)
            self._calls.append(call)
            faults = {fault.kind: fault for fault in self._faults.of(name, arguments)}
        answer = await self._answer(request, call, token, channel, faults)
        call.done = time.time()
        self._changed()
        return answer

    async def _answer(
        self, request: web.Request, call: Call, token: str, channel: str, faults: dict[str, Fault]
    ) -> web.StreamResponse:
        await _pause(faults, after=False)
        for kind in ("drop", "status"):
            if kind in faults and not faults[kind].after:
                return self._broken(request, call, faults[kind])
        with self._lock:
            answer = self._carry_out(call, token, channel, faults)
            self._lock.notify_all()
        await _pause(faults, after=True)
        for kind in ("drop", "status"):
            if kind in faults:
                return self._broken(request, call, faults[kind])
        return answer

    def _broken(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        if fault.kind == "status":
            call.status, call.error = fault.status, f"http_{fault.status}"
            return web.Response(
                status=fault.status, text="<html>Slack is having trouble</html>", content_type="text/html"
            )
        call.status, call.error = 0, "dropped"
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _carry_out(self, call: Call, token: str, channel: str, faults: dict[str, Fault]) -> web.StreamResponse:
        method, headers = METHODS.get(call.method), {"x-slack-req-id": f"req{len(self._calls)}"}
        seconds = faults["limit"].retry_after if "limit" in faults else 0
        answer: dict[str, Any]
        try:
            if method is None or call.method in self._faults.lacking:
                raise Refused("unknown_method", req_method=call.method)
            self._check_token(method.token, token)
            if not seconds and "limit" not in faults:
                seconds = self._faults.wait(call.method, method.tier, channel)
            if seconds or "limit" in faults:
                self._faults.refused(call.method, channel, seconds)
                call.status, call.error = 429, "ratelimited"
                body = {"ok": False, "error": "ratelimited"}
                return web.json_response(body, status=429, headers={"Retry-After": str(seconds)} | headers)
            if method.token == "bot":
                headers |= {"x-oauth-scopes": ",".join(sorted(self._api.scopes))}
                headers |= {"x-accepted-oauth-scopes": ",".join(method.scopes)}
                self._api.need(*method.scopes)
            if "error" in faults:
                raise Refused(faults["error"].error)
            answer = {"ok": True} | method.run(self._api, call.arguments)
        except Refused as refused:
            call.error = refused.error
            answer = {"ok": False, "error": refused.error} | refused.more
            if refused.messages:
                answer["response_metadata"] = {"messages": refused.messages}
        call.status, call.answer = 200, answer
        return web.json_response(answer, headers=headers)

    def _check_token(self, wanted: str, token: str) -> None:
        if wanted == "none":
            return
        if not token:
            raise Refused("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise Refused("invalid_auth")
        if token != (self.app_token if wanted == "app" else self.bot_token):
            raise Refused("not_allowed_token_type")

    async def _on_link(self, request: web.Request) -> web.StreamResponse:
        return await self._courier.serve_link(request, APP)

    async def _on_file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["tail"].split("/")[0].partition("-")[2]
        with self._lock:
            file = self._world.files.get(name)
            allowed = request.headers.get("authorization") == f"Bearer {self.bot_token}"
            allowed = allowed and "files:read" in self._api.scopes
            faults = {fault.kind: fault for fault in self._faults.of("download", {"file": name})}
            call = Call("download", {"file": name, "headers": dict(request.headers)}, time.time(), 200)
            self._calls.append(call)
        await _pause(faults, after=False)
        if "drop" in faults or "status" in faults:
            return self._broken(request, call, faults.get("drop") or faults["status"])
        if not allowed:
            # Slack answers 302 and then, with 200, a page of HTML: a trap for whoever looks at the status alone.
            raise web.HTTPFound("/signin")
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.data, content_type=file.mimetype)

    async def _on_signin(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="<!DOCTYPE html><title>Sign in | Slack</title>", content_type="text/html")

    async def _on_response(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        with self._lock:
            if request.match_info["id"] not in self._responses:
                return web.json_response({"ok": False, "error": "expired_url"}, status=404)
            channel, ts, user = self._responses[request.match_info["id"]]
            self._answered.append({"channel": channel, "ts": ts, "user": user, "at": time.time()} | body)
            error = self._respond(channel, ts, user, body)
            self._lock.notify_all()
        return web.Response(text="ok") if not error else web.json_response({"ok": False, "error": error}, status=400)


async def _arguments(request: web.Request) -> tuple[dict[str, Any], str]:
    """A call's arguments (query, form or JSON) and its token."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        try:
            arguments |= json.loads(body) if body else {}
        except (ValueError, TypeError):
            arguments["__invalid_json__"] = True
    elif request.method == "POST":
        arguments |= dict(await request.post())
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = str(arguments.pop("token", ""))
    return arguments, token if scheme.lower() == "bearer" and token else given


async def _pause(faults: Mapping[str, Fault], *, after: bool) -> None:
    delay, hold = faults.get("delay"), faults.get("hold")
    if delay is not None and delay.after == after:
        await asyncio.sleep(delay.seconds)
    if hold is not None and hold.after == after and hold.gate is not None:
        await hold.gate.hold()
