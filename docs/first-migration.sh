#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A whole migration, from godwit init to the report: what guide.md explains, as one would type it.
#
# Usage: OLD=old.example.com NEW=new.example.com first-migration.sh
# In an empty folder with accounts.csv, whose waves are called "pilot" and "everybody". Set OLD_PORT, NEW_PORT, OLD_FINGERPRINT and
# NEW_FINGERPRINT (SHA-256, of certificates that nobody has signed) where they are needed.
set -eu

echo "== The plan"
godwit init --name "From $OLD to $NEW" --accounts accounts.csv --pilot pilot --wave everybody \
  --source-host "$OLD" --source-port "${OLD_PORT:-}" --source-fingerprint "${OLD_FINGERPRINT:-}" \
  --target-host "$NEW" --target-port "${NEW_PORT:-}" --target-fingerprint "${NEW_FINGERPRINT:-}"

echo "== What is there, whether it fits, how long it will take"
godwit inventory
godwit check
godwit migrate --dry-run
godwit estimate

echo "== The pilot, and a look at it"
godwit migrate --wave pilot
godwit verify --wave pilot --full
godwit report --wave pilot
godwit sign-off pilot

echo "== Everybody; once more before the cutover, when little is left to bring"
godwit migrate
godwit migrate
godwit status

echo "== The final sweep, after the old server takes no more mail"
godwit finish
godwit report --format html --output report.html
godwit report --format csv --output report
