"""What `python -m core completion` does: print what a shell needs to complete commands, options and their values."""

import argparse
import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from ..experiment.presets import PRESETS
from ..model.losses import LOSSES
from .command_table import COMMANDS
from .program import PROGRAM

_VALUES: Mapping[str, Iterable[str]] = MappingProxyType({"--preset": PRESETS, "--loss": LOSSES})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    about = f'bash: eval "$({PROGRAM} completion bash)"; zsh likewise; fish: {PROGRAM} completion fish | source'
    parser.add_argument("shell", choices=SHELLS, help=about)


def completion(options: argparse.Namespace) -> int:
    """Print the lines for the shell; they are also what --json prints, as one string."""
    lines = SHELLS[options.shell](_options())
    print(json.dumps(lines) if options.json else lines)
    return 0


def _options() -> dict[str, dict[str, str]]:
    """Of each command its options, with what they are for, as its own parser has them."""
    found = {}
    for name, row in COMMANDS.items():
        parser = argparse.ArgumentParser(add_help=True)
        parser.add_argument("--json", action="store_true", help="one JSON value and nothing else")
        row.add_arguments(parser)
        actions = [action for action in parser._actions if action.option_strings]
        found[name] = {action.option_strings[-1]: _one_line(action.help) for action in actions}
    return found


def _one_line(text: str | None) -> str:
    return (text or "").replace("%%", "%").split(";")[0].split("\n")[0]


def _bash(commands: Mapping[str, Mapping[str, str]]) -> str:
    of_each = "\n".join(f"    {name}) words={shlex.quote(' '.join(options))};;" for name, options in commands.items())
    values = "\n".join(f"    {name}) words={shlex.quote(' '.join(each))};;" for name, each in _VALUES.items())
    return f"""_{PROGRAM}() {{
  local now="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W {shlex.quote(" ".join([*commands, "--version", "--help"]))} -- "$now"))
    return
  fi
  case "$before" in
{values}
  esac
  if [ -z "$words" ] && [ "${{now#-}}" != "$now" ]; then
    case "${{COMP_WORDS[1]}}" in
{of_each}
    esac
  fi
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$now"))
  else
    COMPREPLY=($(compgen -f -- "$now"))
  fi
}}
complete -o filenames -F _{PROGRAM} {PROGRAM}"""


def _zsh(commands: Mapping[str, Mapping[str, str]]) -> str:
    return f"autoload -U +X compinit bashcompinit\ncompinit\nbashcompinit\n{_bash(commands)}"


def _fish(commands: Mapping[str, Mapping[str, str]]) -> str:
    lines = []
    for name, options in commands.items():
        about = shlex.quote(COMMANDS[name].about)
        lines.append(f"complete -c {PROGRAM} -f -n __fish_use_subcommand -a {name} -d {about}")
        for option, words in options.items():
            seen = f"-n '__fish_seen_subcommand_from {name}' -l {option.lstrip('-')} -d {shlex.quote(words)}"
            values = f" -x -a {shlex.quote(' '.join(_VALUES[option]))}" if option in _VALUES else ""
            lines.append(f"complete -c {PROGRAM} {seen}{values}")
    return "\n".join(lines)


SHELLS: Mapping[str, Callable[[Mapping[str, Mapping[str, str]]], str]] = MappingProxyType(
    {"bash": _bash, "zsh": _zsh, "fish": _fish}
)
