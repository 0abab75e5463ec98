"""Play and scrub: the film of a finished run, in the charts on the page, without the server."""

import streamlit as st

from core.charts.film import EVENT, SCREEN, Film
from core.charts.rows import arrow_of

FILM_HEIGHT = 32  # pixels of the row

_HTML = """
<div class="film">
  <button type="button">
    <svg viewBox="0 0 16 16" aria-hidden="true"><path/></svg>
  </button>
  <input type="range" min="0" step="1" aria-label="Frame of the training">
  <span aria-hidden="true"></span>
</div>
"""

_CSS = """
.film { display: flex; align-items: center; gap: 0.6rem; height: 2rem; padding-right: 6px; font-size: 0.8125rem; }
button {
  flex: none; width: 2rem; height: 2rem; padding: 0; display: grid; place-items: center; cursor: pointer;
  color: var(--st-primary-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: 50%;
}
button:hover { border-color: var(--st-primary-color); }
svg { width: 1rem; height: 1rem; fill: currentColor; }
span {
  flex: none; text-align: right; white-space: pre; line-height: 1rem; font-variant-numeric: tabular-nums;
  color: var(--st-text-color); opacity: 0.8;
}
span::after { content: attr(data-longest); display: block; height: 0; visibility: hidden; }
input {
  flex: 1; min-width: 0; height: 2rem; margin: 0; background: none; cursor: pointer;
  appearance: none; -webkit-appearance: none; --line: linear-gradient(
    to right, var(--st-primary-color) var(--played, 100%), var(--st-border-color) var(--played, 100%));
}
input::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: var(--line); }
input::-moz-range-track { height: 4px; border-radius: 2px; background: var(--line); }
input::-webkit-slider-thumb {
  -webkit-appearance: none; width: 14px; height: 14px; margin-top: -5px;
  border-radius: 50%; background: var(--st-primary-color);
}
input::-moz-range-thumb {
  width: 14px; height: 14px; border: 0; border-radius: 50%; background: var(--st-primary-color);
}
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
input:focus { outline: none; }
input:focus-visible::-webkit-slider-thumb { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
input:focus-visible::-moz-range-thumb { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
"""

# The verdict and the scores stay those of the last step. While an earlier frame is shown, the page says so beside them:
# the frame's style reads the words from a property of the body, and takes no room that would move it all.
# The charts' own rows hold the last frame, so the film's text is empty there. Streamlit calls this function at every
# script run, usually with the same film, which then plays on. If a person prefers reduced motion, the film is a few
# stills.
_JS = """
const SECONDS = 4, STILLS = 8;
const ICONS = { play: "M4 2.5v11l9.5-5.5z", pause: "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" };
const players = new WeakMap();

function player(root) {
  const screen = document.querySelector("@SCREEN");
  const [button, slider, words] = ["button", "input", "span"].map((name) => root.querySelector(name));
  let film, mean, std, last, timer = 0, shown = "";

  const project = (text) => {
    if (text === shown) return;
    screen.value = shown = text;
    screen.dispatchEvent(new Event("@EVENT"));
  };
  const curve = (values, frame) => {
    const points = values.length / film.steps.length;
    return Array.from(values.subarray(frame * points, (frame + 1) * points), (value) => value.toPrecision(7)).join(" ");
  };
  const show = (frame) => {
    const step = film.steps[frame];
    slider.value = frame;
    slider.style.setProperty("--played", `calc(7px + ${frame / last} * (100% - 14px))`);
    words.textContent = says(step);
    note(frame === last ? "" : `Words and scores are of step ${count(film.steps[last])}, the last one.`);
    slider.setAttribute("aria-valuetext", says(step));
    project(frame === last ? "" : [film.run, step, curve(mean, frame), curve(std, frame)].join(";"));
  };
  const says = (step) => `step ${count(step)} of ${count(film.total)}`;
  const count = (steps) => steps.toLocaleString("en-US");
  const note = (text) => {
    document.body.toggleAttribute("data-film", text !== "");
    document.body.style.setProperty("--film-note", JSON.stringify(text));
  };
  const label = (name, does) => {
    button.querySelector("path").setAttribute("d", ICONS[name]);
    button.title = does;
    button.setAttribute("aria-label", does);
  };
  const pause = () => {
    cancelAnimationFrame(timer);
    timer = 0;
    label("play", "Play the training");
  };
  const play = () => {
    const stills = matchMedia("(prefers-reduced-motion: reduce)").matches ? STILLS : last;
    const from = Number(slider.value) % last, start = performance.now();
    const tick = (now) => {
      const done = Math.min(1, from / last + Math.max(0, now - start) / (1000 * SECONDS));
      const frame = Math.round((Math.floor(done * stills + 1e-6) / stills) * last);
      if (frame !== Number(slider.value)) show(frame);
      frame < last ? timer = requestAnimationFrame(tick) : pause();
    };
    label("pause", "Pause");
    show(from);
    timer = requestAnimationFrame(tick);
  };
  button.onclick = () => { timer ? pause() : play(); };
  slider.oninput = () => { pause(); show(Number(slider.value)); };

  return {
    load(next) {
      if (film?.run === next.run) return;
      film = next;
      [mean, std] = ["mean", "std"].map((name) => film.curves.getChild(name).toArray());
      last = film.steps.length - 1;
      slider.max = last;
      words.dataset.longest = says(film.total);
      pause();
      show(last);
    },
    end() { pause(); project(""); note(""); },
  };
}

export default function ({ data, parentElement }) {
  if (!players.has(parentElement)) players.set(parentElement, player(parentElement));
  players.get(parentElement).load(data);
  return players.get(parentElement).end;
}
""".replace("@SCREEN", SCREEN).replace("@EVENT", EVENT)

_control = st.components.v2.component("film", html=_HTML, css=_CSS, js=_JS)


def film_control(film: Film, steps: int) -> None:
    """The row that plays a film; `steps` is the planned length of the training. At rest it shows the end."""
    with st.container(key="film"):
        _control(
            data={"run": film.run, "steps": film.steps, "total": steps, "curves": arrow_of(film.table)},
            key="film control",
            height=FILM_HEIGHT,
        )
