#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check_manifest.py MANIFEST KEY.pub [MESSAGES]: see manifest.md. Exit status 0 when everything is right."""
import collections, hashlib, json, mailbox, os, pathlib, re, subprocess, sys, tempfile

def need(is_right, text):
    if not is_right: sys.exit(f"check_manifest: {text}")

def messages(place):  # an mbox, or a directory with a file for each message: a Maildir or any other
    if os.path.isfile(place): yield from map((box := mailbox.mbox(place)).get_bytes, box.keys())
    for path, _, names in os.walk(place): yield from (pathlib.Path(path, name).read_bytes() for name in names)

def digests(message):  # as it is, with the line ends that it had on the wire, and without an mbox's quoting
    wire = re.sub(rb"\r?\n", b"\r\n", message)
    return [hashlib.sha256(form).hexdigest() for form in (message, wire, re.sub(rb"(?m)^>(>*From )", rb"\1", wire))]

need(len(sys.argv) in (3, 4), __doc__)
manifest, key, *place = sys.argv[1:]
signed, last, counts, wanted = hashlib.sha256(), b"", collections.Counter(), collections.Counter()
for line in open(manifest, "rb"): signed.update(last); last = line
signature = re.fullmatch(rb'{"signature":"([0-9a-f]{128})"}\n', last)
need(signature, "the last line is no signature: the file was cut off or changed")
with tempfile.TemporaryDirectory() as scratch:
    text, bare = pathlib.Path(scratch, "text"), pathlib.Path(scratch, "signature")
    text.write_text(f"godwit manifest sha256 {signed.hexdigest()}\n")
    bare.write_bytes(bytes.fromhex(signature[1].decode()))
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key, "-in", text, "-sigfile", bare]
    is_signed = subprocess.run(command, capture_output=True).returncode == 0
    need(is_signed, "the signature does not fit: another key, or a changed file")
entries = map(json.loads, open(manifest, "rb"))
need((header := next(entries)).get("godwit_manifest") == 1, "this is no manifest of format 1")
for number, entry in enumerate(entries, 1):
    if "end" in entry: break
    outcome, level, digest = entry["outcome"], entry.get("level"), entry.get("sha256", "")
    is_there = outcome in ("moved", "repaired") and level in ("accepted", "listed", "proven", "altered")
    is_away = outcome in ("not_moved", "left_out", "withdrawn") and not level
    is_right = is_away or is_there and re.fullmatch("[0-9a-f]{64}", digest)
    need(entry["item"] == number and is_right, f"line {number + 1} is no item, or not in its place")
    counts.update({"items": 1, outcome: 1, "bytes": entry["size"] if is_there else 0, level: 1})
    if place and is_there and outcome == "moved" and level != "altered": wanted[digest] += 1
need(all(total == entry["counts"][name] == counts[name] for name, total in header["counts"].items()), "the counts differ")
print(f"{counts['items']} items, grade {header['grade']}: the signature is right, and so is every line")
others = 0
for message in messages(place[0]) if place else ():
    if found := next((digest for digest in digests(message) if wanted[digest]), None): wanted[found] -= 1
    else: others += 1
missing = list((+wanted).elements())
need(not missing, f"{len(missing)} items have no message in {''.join(place)}; their digests: {', '.join(missing[:10])}")
if place: print(f"every item that was moved unchanged is in {place[0]}, and {others} other messages or files")
