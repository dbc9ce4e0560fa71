"""The page as it is served: to itself alone. Streamlit runs this file; `page.py` is what visitors see."""

from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class OwnOrigin:
    """Refuses whatever a page of another origin asks, of another port of this machine too.

    Streamlit lets every port of this machine in, whoever listens there: such a page could read and steer a visit.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what the page itself asks, and what comes from no page at all."""
        headers = Headers(scope=scope) if scope["type"] in ("http", "websocket") else Headers({})
        origin = headers.get("origin")
        if origin is None or origin.partition("://")[2] == headers.get("host"):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            # Before it is accepted, which is answered as 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse("This page talks to itself alone.", 403)(scope, receive, send)


app = st.App(Path(__file__).with_name("page.py"), middleware=[Middleware(OwnOrigin)])
