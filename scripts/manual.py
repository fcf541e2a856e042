#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the manual page from what the program says of itself: depthd --experimental-dump-help | manual.py VERSION"""
import json
import sys

FILES = [
    ("/etc/depthd/depthd.yml", "The settings; /usr/share/doc/depthd/depthd.yml has every key with its default."),
    ("/var/lib/depthd", "What the box remembers: faces, models, networks and settings of clients."),
    ("/usr/lib/depthd", "ONNX Runtime."),
]
STATUS = [("0", "All went well."), ("1", "It failed; standard error says why."), ("2", "Wrong usage."), ("78", "Bad settings.")]


def text(words):
    """Words as roff has them: no escapes, no line that begins as a request."""
    words = words.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in words.split("\n"))


def name(argument):
    names = [("-" if entry["kind"] == "short" else "--") + entry["name"] for entry in argument.get("names", [])]
    value = f"<{argument['valueName']}>"
    if argument["kind"] == "positional":
        return value
    return ", ".join(names) + ("" if argument["kind"] == "flag" else f" {value}")


def arguments(command):
    for argument in command.get("arguments", []):
        if argument.get("shouldDisplay", True) and not argument["valueName"] in ("help", "version"):
            words = argument.get("abstract", "")
            if "defaultValue" in argument:
                words += f" Default: {argument['defaultValue']}."
            yield f".TP\n.B {text(name(argument))}\n{text(words) or '.'}"


def commands(command, above):
    for part in command.get("subcommands", []):
        if part["commandName"] == "help" or not part.get("shouldDisplay", True):
            continue
        title = f"{above} {part['commandName']}"
        yield f".SS {text(title)}\n{text(part.get('abstract', ''))}"
        if part.get("discussion"):
            yield f".PP\n{text(part['discussion'])}"
        yield from arguments(part)
        yield from commands(part, title)


def main():
    command = json.load(sys.stdin)["command"]
    print(f'.TH DEPTHD 1 "" "depthd {sys.argv[1]}" "depthd"')
    print(f".SH NAME\ndepthd \\- depth\\-vision appliance\n.SH SYNOPSIS\n.B depthd\n.I command\n[\n.I options\n]")
    print(f".SH DESCRIPTION\n{text(command['abstract'])}\n.SH COMMANDS")
    print("\n".join(commands(command, "depthd")))
    print(".SH FILES\n" + "\n".join(f".TP\n.I {text(path)}\n{text(words)}" for path, words in FILES))
    print(".SH EXIT STATUS\n" + "\n".join(f".TP\n.B {code}\n{words}" for code, words in STATUS))
    print(".SH SIGNALS\n.TP\n.B SIGHUP\nReads the settings again; broken ones change nothing.\n.TP\n.B SIGTERM\nEnds the daemon.")
    print(".SH SEE ALSO\n.BR systemctl (1),\n.BR journalctl (1)")


if __name__ == "__main__":
    main()
