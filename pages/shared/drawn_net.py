"""The drawn net under the charts of a run: folded, and in step with the film once it is unfolded."""

import pyarrow as pa
import streamlit as st

from core.charts.drawing import Style
from core.charts.film import EVENT as FILM_EVENT
from core.charts.film import SCREEN as FILM_SCREEN
from core.charts.hidden_units import EVENT, SCREEN, NetFilm
from core.charts.of_run.net_chart import ALT, net_chart
from core.diagnosis.chart_data.unit_data import why_not_drawn
from core.training.run import Run
from pages.shared.plain import plain
from pages.shared.run_charts import put
from pages.shared.view import scheme

HEIGHT = 400

# The film writes its frame as text for the charts. This follows it: it writes the units of the same step for the one
# chart that draws them, so that a film without a drawn net costs nothing more.
_JS = """
const players = new WeakMap();

function player() {
  const film = document.querySelector("@FILM_SCREEN"), screen = document.querySelector("@SCREEN");
  let net, heights, leads, shown = null;
  const part = (values, frame) => {
    const count = values.length / net.steps.length;
    return values.subarray(frame * count, (frame + 1) * count).join(" ");
  };
  const project = () => {
    const [run, step] = (film.value || "").split(";", 2).map(Number);
    const frame = run === net.run ? net.steps.indexOf(step) : -1;
    const text = frame < 0 ? "" : [run, part(heights, frame), part(leads, frame)].join(";");
    if (text === shown) return;
    screen.value = shown = text;
    screen.dispatchEvent(new Event("@EVENT"));
  };
  film.addEventListener("@FILM_EVENT", project);
  return {
    load(next) {
      net = next;
      heights = net.heights.getChild("height").toArray();
      leads = net.leads.getChild("lead").toArray();
      project();
    },
    end() { film.removeEventListener("@FILM_EVENT", project); },
  };
}

export default function ({ data, parentElement }) {
  if (!players.has(parentElement)) players.set(parentElement, player());
  players.get(parentElement).load(data);
  return () => { players.get(parentElement)?.end(); players.delete(parentElement); };
}
"""
for _name, _value in {
    "@FILM_SCREEN": FILM_SCREEN,
    "@FILM_EVENT": FILM_EVENT,
    "@SCREEN": SCREEN,
    "@EVENT": EVENT,
}.items():
    _JS = _JS.replace(_name, _value)

_control = st.components.v2.component("net_film", html="", css=":host { display: none; }", js=_JS)


def drawn_net(run: Run, film: int | None) -> None:
    """The fold with the drawing, of a run whose film has this number; nothing for a net that cannot be drawn."""
    if film is None or not run.has_curve or why_not_drawn(run.experiment):
        return
    words = "The network, drawn: what each unit computes"
    fold = st.expander(words, icon=":material/hub:", key="drawn net", on_change="rerun")
    if not fold.open:
        return
    with fold:
        with st.spinner("Training once more, for the weights of each frame…"):
            chart = net_chart(run, Style(scheme(), HEIGHT), film)
        put(chart.drawing, "net chart", ALT, HEIGHT, chart.seen)
        st.caption(plain(chart.words))
        if chart.film is not None:
            _follow(chart.film)


def _follow(film: NetFilm) -> None:
    with st.container(key="net-film"):
        _control(
            data={
                "run": film.run,
                "steps": film.steps,
                "heights": pa.table({"height": film.heights.ravel()}),
                "leads": pa.table({"lead": film.leads.ravel()}),
            },
            key="net film",
        )
