"""What `python -m core completion` does: print a script that completes commands and options in a shell."""

import argparse
import json
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType

from .command_table import COMMANDS

Words = Mapping[str, tuple[str, ...]]  # what may follow each command: options and words, sorted
_NAME = "heteroscope"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    about = "add it to your shell, as in: " + "; ".join(f"{name}: {row[1]}" for name, row in SHELLS.items())
    parser.add_argument("shell", choices=[*SHELLS], help=about)


def completion(options: argparse.Namespace) -> int:
    """Print the script for one shell; with --json the words that it completes."""
    words = completed()
    if options.json:
        print(json.dumps({name: list(some) for name, some in words.items()}))
    else:
        print(SHELLS[options.shell][0](words))
    return 0


def completed() -> Words:
    """What may follow each command, from the parsers themselves."""
    words = {}
    for row in COMMANDS.values():
        parser = argparse.ArgumentParser(prog=row.name)
        parser.add_argument("--json", action="store_true")
        row.add_arguments(parser)
        words[row.name] = tuple(sorted(set(_words_of(parser))))
    return MappingProxyType(words)


def _words_of(parser: argparse.ArgumentParser) -> list[str]:
    found: list[str] = []
    for action in parser._actions:
        found += [flag for flag in action.option_strings if flag.startswith("--")]
        if not action.option_strings and action.choices is not None:
            found += map(str, action.choices)
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                found += _words_of(below)
    return found


def _bash(words: Words) -> str:
    cases = "\n".join(f'    {name}) words="{" ".join(some)}" ;;' for name, some in words.items())
    return f"""_{_NAME}() {{
  local words word="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{" ".join(words)} --version --help" -- "$word"))
    return
  fi
  case "${{COMP_WORDS[1]}}" in
{cases}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -o default -F _{_NAME} {_NAME}"""


def _zsh(words: Words) -> str:
    return f"autoload -U +X bashcompinit && bashcompinit\n{_bash(words)}"


def _fish(words: Words) -> str:
    lines = [f"complete -c {_NAME} -n __fish_use_subcommand -l version -d 'print the version'"]
    for name, some in words.items():
        about = shlex.quote(COMMANDS[name].about)
        lines.append(f"complete -c {_NAME} -f -n __fish_use_subcommand -a {name} -d {about}")
        inside = f"-n '__fish_seen_subcommand_from {name}'"
        lines += [
            f"complete -c {_NAME} {inside} {f'-l {each[2:]}' if each.startswith('--') else f'-a {each}'}"
            for each in some
        ]
    return "\n".join(lines)


# How each script is made, and how it is used.
SHELLS: Mapping[str, tuple[Callable[[Words], str], str]] = MappingProxyType(
    {
        "bash": (_bash, f'eval "$({_NAME} completion bash)" in ~/.bashrc'),
        "zsh": (_zsh, f'eval "$({_NAME} completion zsh)" in ~/.zshrc'),
        "fish": (_fish, f"{_NAME} completion fish | source"),
    }
)
