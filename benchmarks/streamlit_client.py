"""A browser window without a browser: a client of Streamlit's own protocol, to count and to time what a server sends.

The protocol, as the frontend of Streamlit 1.67 speaks it: protobuf messages over a websocket at /_stcore/stream, with
the subprotocol "streamlit" (a token and a session to come back to would follow it; neither is needed here).
- The window sends `rerun_script`: the address' query, the page, what all controls hold, and the hashes of large
  messages that it has kept, which the server then sends as a reference.
- The server answers with `new_session`, the page's elements as deltas, each with its place, and `script_finished`.
- `auto_rerun` names a fragment that the window has to ask for again and again, until the next whole run begins.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import DoubleArray, StringArray
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

PICTURE_WITHIN_S = 60.0
OPENS_WITHIN_S = 60.0


def _words(label: str) -> str:
    """A label without the link to the glossary that a term has in it."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", label)


@dataclass(frozen=True)
class Picture:
    """What a page shows: the figures by their label, and a hash of each chart with its data."""

    figures: Mapping[str, str]
    charts: tuple[str, ...]


class PageError(Exception):
    """The page shows an exception or an error, or its script did not come to its end."""


@dataclass(frozen=True)
class _Shown:
    element: Any  # the part of Element that is set: a Slider, a Metric, …
    kind: str
    hash: str
    fragment: str
    run: int


class Window:
    """One browser window: the address it shows, the page's elements, what its controls hold, its timers.

    Messages are read while `until` waits, and lie in the socket meanwhile.
    """

    def __init__(self, socket: ClientConnection, query: str, name: str = ""):
        self.bytes_received = 0
        self._socket, self._query, self._page = socket, query, ""
        self._name = name  # of the page, until the server says which it is
        self._elements: dict[tuple[int, ...], _Shown] = {}
        self._held: dict[str, WidgetState] = {}
        self._kept: dict[str, tuple[ForwardMsg, int]] = {}  # large messages, and the run that used them last
        self._keeps_for_runs = 0
        self._timers: dict[str, asyncio.Task] = {}
        self._run, self._fragments = 0, frozenset[str]()
        self._drew_picture = False

    @property
    def stands_still(self) -> bool:
        """Whether no fragment asks to be drawn again."""
        return not self._timers

    @property
    def script_runs(self) -> int:
        """How many script runs have begun for this window, those of fragments too."""
        return self._run

    @property
    def picture(self) -> Picture:
        """What the page shows now."""
        shown = self._elements.values()
        return Picture(
            MappingProxyType(
                {_words(each.element.label): each.element.body for each in shown if each.kind == "metric"}
            ),
            tuple(each.hash for each in shown if each.kind == "vega_lite_chart"),
        )

    @property
    def places(self) -> dict[tuple[int, ...], str]:
        """Where elements stand, and of which kind they are. One that moves stands twice for a moment in a browser."""
        return {place: each.kind for place, each in self._elements.items()}

    def stops(self, key: str) -> tuple[str, ...]:
        """What the select slider with this key can be moved to."""
        return tuple(self._control(key).options)

    def value(self, key: str) -> str:
        """Where the select slider with this key stands."""
        return self._held[self._control(key).id].string_array_value.data[0]

    async def move(self, key: str, stop: str) -> None:
        """Move the select slider with this key, as the release of a mouse button does."""
        self._held[self._control(key).id].string_array_value.data[:] = [stop]
        await self.rerun()

    async def press(self, key: str) -> None:
        """Press the button with this key. Raises StopIteration where there is none."""
        await self.rerun(pressed=self._button(key).id)

    async def switch(self, key: str) -> None:
        """Turn the switch with this key on."""
        self._held[self._control(key).id].bool_value = True
        await self.rerun()

    def has_button(self, key: str) -> bool:
        """Whether the page shows the button with this key."""
        shown = self._elements.values()
        return any(each.kind == "button" and each.element.id.endswith(f"-{key}") for each in shown)

    def texts(self) -> list[str]:
        """What headings, paragraphs and messages of the page say."""
        shown = self._elements.values()
        return [each.element.body for each in shown if each.kind in ("markdown", "heading", "alert")]

    async def rerun(self, fragment: str = "", *, pressed: str = "") -> None:
        """Ask for the page, or for one fragment because its time has come; `pressed` is the id of a button."""
        message = BackMsg()
        ask = message.rerun_script
        ask.query_string, ask.page_script_hash = self._query, self._page
        ask.widget_states.widgets.extend(self._held.values())
        if not self._page:
            ask.page_name = self._name
        if pressed:
            ask.widget_states.widgets.append(WidgetState(id=pressed, trigger_value=True))
        ask.cached_message_hashes.extend(self._kept)
        ask.fragment_id, ask.is_auto_rerun = fragment, bool(fragment)
        ask.context_info.color_scheme = "light"
        await self._socket.send(message.SerializeToString())

    async def until(
        self, shows: Callable[[Picture], bool], within_s: float = PICTURE_WITHIN_S, *, early: bool = False
    ) -> Picture:
        """Wait for the end of a script run whose picture is the wanted one; `early`, only until that is drawn.

        Raises TimeoutError, PageError, and the errors of `websockets` where the server ends the connection.
        """
        async with asyncio.timeout(within_s):
            while True:
                ended = self._take(await self._socket.recv(decode=False))
                if (ended or (early and self._has_drawn_all())) and shows(self.picture):
                    return self.picture

    def _has_drawn_all(self) -> bool:
        """Whether the last message was the last part of the picture that the present script run draws."""
        if not self._drew_picture:
            return False
        parts = [each for each in self._elements.values() if each.kind in _PICTURE]
        return all(each.run == self._run for each in parts)

    async def look_on(self) -> None:
        """Take in what comes, without an end. Raises PageError, and the errors of `websockets` if the server closes."""
        while True:
            self._take(await self._socket.recv(decode=False))

    def close(self) -> None:
        """Stop asking for fragments."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _control(self, key: str) -> Any:
        found = (each.element for each in self._elements.values() if each.kind in _HELD)
        return next(element for element in found if element.id.endswith(f"-{key}"))  # an id: $$ID-hash-key

    def _button(self, key: str) -> Any:
        found = (each.element for each in self._elements.values() if each.kind == "button")
        return next(element for element in found if element.id.endswith(f"-{key}"))

    def _take(self, payload: bytes) -> bool:
        """Take in one message; whether it ends a run of the whole page."""
        self.bytes_received += len(payload)
        message, self._drew_picture = ForwardMsg.FromString(payload), False
        handler = _HANDLERS.get(message.WhichOneof("type"))
        return handler is not None and bool(handler(self, message))

    def _on_new_session(self, message: ForwardMsg) -> None:
        self._run += 1
        self._fragments = frozenset(message.metadata.run.fragment_ids)
        if not self._fragments:
            self._keeps_for_runs = message.new_session.config.max_cached_message_age
            self.close()

    def _on_reference(self, message: ForwardMsg) -> None:
        kept, _ = self._kept[message.ref_hash]
        self._kept[message.ref_hash] = kept, self._run
        self._show(kept, tuple(message.metadata.delta_path))

    def _on_delta(self, message: ForwardMsg) -> None:
        if message.metadata.cacheable:
            self._kept[message.hash] = message, self._run
        self._show(message, tuple(message.metadata.delta_path))

    def _show(self, message: ForwardMsg, place: tuple[int, ...]) -> None:
        if message.delta.WhichOneof("type") != "new_element":
            return
        kind = message.delta.new_element.WhichOneof("type")
        if kind is None:
            return
        element = getattr(message.delta.new_element, kind)
        self._drew_picture = kind in _PICTURE
        self._elements[place] = _Shown(element, kind, message.hash, message.delta.fragment_id, self._run)
        if kind in _HELD and (element.set_value or element.id not in self._held):
            self._held[element.id] = WidgetState(id=element.id, **_HELD[kind](element))
        if kind == "exception" and not element.is_warning:
            raise PageError(f"{element.type}: {element.message}")

    def _on_finished(self, message: ForwardMsg) -> bool:
        """Forget what this run has drawn no more; a run cut short by the next one has not drawn all of it."""
        if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            raise PageError("the script cannot be compiled")
        whole = message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        if whole or message.script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            drawn = self._elements.items()
            self._elements = {
                place: each
                for place, each in drawn
                if each.run == self._run or not (whole or each.fragment in self._fragments)
            }
            oldest = self._run - self._keeps_for_runs
            self._kept = {hash_: (kept, run) for hash_, (kept, run) in self._kept.items() if run >= oldest}
        return whole

    def _on_auto_rerun(self, message: ForwardMsg) -> None:
        fragment, interval_s = message.auto_rerun.fragment_id, message.auto_rerun.interval
        if fragment not in self._timers:
            self._timers[fragment] = asyncio.create_task(self._ask_again(fragment, interval_s))

    def _on_stop_auto_rerun(self, message: ForwardMsg) -> None:
        for fragment in message.stop_auto_rerun.fragment_ids:
            if timer := self._timers.pop(fragment, None):
                timer.cancel()

    def _on_page_info(self, message: ForwardMsg) -> None:
        self._query = message.page_info_changed.query_string

    def _on_navigation(self, message: ForwardMsg) -> None:
        self._page = message.navigation.page_script_hash

    async def _ask_again(self, fragment: str, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            await self.rerun(fragment)


_PICTURE = frozenset({"metric", "vega_lite_chart"})  # the kinds of elements that a picture has

_HANDLERS: Mapping[str | None, Callable[[Window, ForwardMsg], bool | None]] = MappingProxyType(
    {
        "new_session": Window._on_new_session,
        "delta": Window._on_delta,
        "ref_hash": Window._on_reference,
        "script_finished": Window._on_finished,
        "auto_rerun": Window._on_auto_rerun,
        "stop_auto_rerun": Window._on_stop_auto_rerun,
        "page_info_changed": Window._on_page_info,
        "navigation": Window._on_navigation,
    }
)


def _slider_state(slider: Slider) -> dict[str, Any]:
    if slider.type == Slider.SELECT_SLIDER:
        chosen = slider.raw_value if slider.set_value else [slider.options[int(i)] for i in slider.default]
        return {"string_array_value": StringArray(data=chosen)}
    return {"double_array_value": DoubleArray(data=slider.value if slider.set_value else slider.default)}


# The value of a control when it is drawn: the one that the script sets, else its default.
_HELD: Mapping[str, Callable[[Any], dict[str, Any]]] = MappingProxyType(
    {
        "slider": _slider_state,
        "selectbox": lambda w: {"string_value": w.raw_value if w.set_value else w.options[w.default]},
        "number_input": lambda w: {"double_value": w.value if w.set_value else w.default},
        "checkbox": lambda w: {"bool_value": w.value if w.set_value else w.default},
        "text_input": lambda w: {"string_value": w.value if w.set_value else w.default},
    }
)


@asynccontextmanager
async def opened(link: str) -> AsyncIterator[Window]:
    """A new window at an address, which has asked for its page."""
    address = urlsplit(link)
    stream = f"ws://{address.netloc}/_stcore/stream"
    # A browser sends no pings, and takes in what comes while nobody waits for it. With a bounded queue, this client
    # would not read the server's pings while a window thinks, and be dropped.
    options: dict[str, Any] = {
        "max_size": None,
        "max_queue": None,
        "ping_interval": None,
        "open_timeout": OPENS_WITHIN_S,
    }
    async with connect(stream, subprotocols=[Subprotocol("streamlit")], **options) as socket:
        window = Window(socket, address.query, address.path.strip("/"))
        await window.rerun()
        try:
            yield window
        finally:
            window.close()


def page_bytes(link: str) -> int:
    """Bytes that the server sends a new window at this address until the page is complete and its training has ended.

    Charts, data and controls are counted; the frontend's own files and fonts are not."""

    async def counted() -> int:
        async with opened(link) as window:
            await window.until(lambda _: window.stands_still)
            return window.bytes_received

    return asyncio.run(counted())
