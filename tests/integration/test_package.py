# SPDX-License-Identifier: Apache-2.0
"""What a package has besides the binary: man pages, completion, changelog, unit, sample plan. Nothing is built here."""
from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path

from godwit import MOVED, USAGE, binary

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGING = REPOSITORY / "packaging"


def run(*command: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True, timeout=60, check=False)


class PackageCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def ok(self, *command: str | Path, text: str = "") -> str:
        done = run(*command, text=text)
        self.assertEqual((done.returncode, done.stderr), (0, ""), command)
        return done.stdout

    def need(self, program: str) -> None:
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not here; scripts/setup --package installs it")


class ManPages(PackageCase):
    def setUp(self) -> None:
        super().setUp()
        self.ok(binary(), "manual", self.folder)
        self.pages = {path.name: path.read_text() for path in self.folder.iterdir()}

    def test_every_command_has_one_with_every_option_of_its_help(self) -> None:
        commands = re.findall(r"^  ([a-z][a-z-]*) ", self.ok(binary(), "--help").partition("Subcommands:")[2], re.M)
        self.assertIn("migrate", commands)
        self.assertEqual(set(self.pages), {"godwit.1", *(f"godwit-{command}.1" for command in commands)})
        for command in commands:
            page = self.pages[f"godwit-{command}.1"].replace("\\-", "-")
            for option in re.findall(r"^  (?:-\w,)?(--[a-z0-9-]+)", self.ok(binary(), command, "--help"), re.M):
                self.assertIn(f"\\fB{option}\\fR", page, command)

    def test_no_program_warns_of_them(self) -> None:
        self.need("man")
        pages = {**self.pages, "godwit.toml.5": self.ok(PACKAGING / "plan_manual", REPOSITORY / "docs" / "plan.md", "1")}
        for name, text in pages.items():
            file = self.folder / name
            file.write_text(text)
            shown = self.ok("man", "-l", "--warnings", file)
            self.assertIn("SEE ALSO", shown, name)
            self.assertNotRegex(shown, r"\\f[BIR]|\[\]\(", name)

    def test_a_directory_that_cannot_be_made_is_told(self) -> None:
        (self.folder / "file").write_text("")
        done = run(binary(), "manual", self.folder / "file" / "man")
        self.assertNotEqual(done.returncode, MOVED)
        self.assertIn("the directory cannot be made", done.stderr)

    def test_the_plans_page_has_every_key_of_the_document(self) -> None:
        document = (REPOSITORY / "docs" / "plan.md").read_text()
        page = self.ok(PACKAGING / "plan_manual", REPOSITORY / "docs" / "plan.md", "1")
        keys = re.findall(r"^\| `([a-z0-9_]+)` \|", document, re.M)
        self.assertGreater(len(keys), 40)
        for key in keys:
            self.assertIn(f".TP\n\\fB{key}\\fR", page)
        self.assertIn("login = 'DOMAIN\\e{admin}\\e{mailbox}'", page)


class Completion(PackageCase):
    def complete(self, *words: str) -> list[str]:
        """What bash offers for the last word."""
        script = self.folder / "godwit"
        script.write_text(self.ok(binary(), "completion", "bash"))
        line = " ".join(f"'{word}'" for word in words)
        ask = f"""
          compopt() {{ echo files; }}
          source '{script}'
          COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}
          _godwit
          printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        return self.ok("bash", "--norc", "-c", ask).split()

    def test_commands_options_and_values(self) -> None:
        self.assertEqual(self.complete("godwit", "mig"), ["migrate"])
        self.assertIn("--wave", self.complete("godwit", "migrate", "--"))
        self.assertNotIn("--ledger", self.complete("godwit", "migrate", "--"))
        self.assertEqual(self.complete("godwit", "copy", "--log-f"), ["--log-format"])
        self.assertEqual(self.complete("godwit", "copy", "--log-format", "j"), ["json"])
        self.assertEqual(self.complete("godwit", "copy", "--log-format", "=", "j"), ["json"])
        self.assertEqual(self.complete("godwit", "copy", "--log-format", "="), ["text", "json"])
        self.assertEqual(self.complete("godwit", "vault", "chan"), ["change-key"])
        self.assertEqual(self.complete("godwit", "vault", "forget", "--side", ""), ["source", "target"])
        self.assertEqual(self.complete("godwit", "completion", "f"), ["fish"])
        self.assertNotIn("manual", self.complete("godwit", ""))

    def test_files_where_a_file_may_stand(self) -> None:
        self.assertEqual(self.complete("godwit", "migrate", "--plan", ""), ["files"])
        self.assertEqual(self.complete("godwit", "migrate", "--at-once", ""), [], "a number is no file")
        self.assertEqual(self.complete("godwit", "copy", "imaps"), ["files"])
        self.assertEqual(self.complete("godwit", "migrate", "--nothing-like-it"), [])

    def test_scripts_are_what_their_shells_understand(self) -> None:
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell=shell):
                self.need(shell)
                script = self.folder / shell
                script.write_text(self.ok(binary(), "completion", shell))
                self.ok(shell, "-n", script)
        self.assertEqual(run(binary(), "completion", "csh").returncode, USAGE)

    def test_fish_offers_the_same(self) -> None:
        self.need("fish")
        script = self.folder / "godwit.fish"
        script.write_text(self.ok(binary(), "completion", "fish"))
        offered = self.ok("fish", "--no-config", "-c",
                          f"source {script}; complete -C 'godwit vault '; complete -C 'godwit copy --log-format '")
        self.assertEqual({line.split("\t")[0] for line in offered.splitlines()},
                         {"change-key", "forget", "import", "list", "wipe", "text", "json"})

    def test_zsh_offers_the_same(self) -> None:
        self.need("zsh")
        script = self.folder / "_godwit"
        script.write_text(self.ok(binary(), "completion", "zsh"))
        ask = f"""
          compadd() {{ print -l -- "${{@[2,-1]}}"; }}
          _describe() {{ print -l -- ${{(P)2}}; }}
          _files() {{ print files; }}
          words=(godwit "$@"); CURRENT=$#words
          source {script}
        """
        self.assertEqual(self.ok("zsh", "-f", "-c", ask, "zsh", "copy", "--log-format", "").split(), ["text", "json"])
        self.assertIn("change-key:Seal everything", self.ok("zsh", "-f", "-c", ask, "zsh", "vault", ""))
        self.assertIn("--at-once:Accounts at work", self.ok("zsh", "-f", "-c", ask, "zsh", "migrate", "--"))
        self.assertEqual(self.ok("zsh", "-f", "-c", ask, "zsh", "migrate", "--plan", "").split(), ["files"])


class Files(PackageCase):
    def test_changelog(self) -> None:
        text = self.ok(PACKAGING / "changelog", "7.8.9")
        self.assertRegex(text, r"\Agodwit \(7\.8\.9-1\) unstable; urgency=medium\n\n  \* ")
        self.assertRegex(text, r"\n\n -- .+ <.+@.+>  \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\n\Z")
        changes = sorted((REPOSITORY / "changelog.d").glob("*.md"))
        self.assertEqual(text.count("\n  * "), len(changes))
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])

    def test_the_sample_plan_is_one(self) -> None:
        plan = (PACKAGING / "godwit.toml").read_text()
        tomllib.loads(plan)
        (self.folder / "accounts.csv").write_text((PACKAGING / "accounts.csv").read_text())
        file = self.folder / "godwit.toml"
        file.write_text(plan.replace("/var/lib/godwit/", f"{self.folder}/").replace("/etc/godwit/", f"{self.folder}/"))
        listed = self.ok(binary(), "account", "list", "--plan", file)
        self.assertIn("alice@example.com", listed)

    def test_unit(self) -> None:
        unit = (PACKAGING / "godwit@.service").read_text()
        self.assertIn("ExecStart=/usr/bin/godwit migrate --plan /etc/godwit/%i.toml\n", unit)
        for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=godwit", "User=godwit",
                     "RestartPreventExitStatus=1 2 3 6 70"):
            self.assertIn(line + "\n", unit)
        self.need("systemd-analyze")
        file = self.folder / "godwit@example.service"
        file.write_text(unit.replace("/usr/bin/godwit", binary()))
        done = run("systemd-analyze", "verify", "--man=no", file)
        self.assertNotIn(file.name, done.stderr.replace("SO_PASSCRED failed", ""))


if __name__ == "__main__":
    unittest.main()
