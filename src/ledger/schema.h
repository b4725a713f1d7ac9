// SPDX-License-Identifier: Apache-2.0
// What lies in the two kinds of file. A change here raises schema_version.
#pragma once

#include "ledger/store_file.h"

namespace godwit::ledger {

// An item, in the folder's table or in the pool. flags: system bits | keyword_list.id << 5. target_uid 0: not known yet.
// date: InternalDate::packed(). marks: brought | hazards << 1 | left_out << 9. object_id: 0 when not known.
#define GODWIT_ITEM_COLUMNS "source_uid, target_uid, size, digest, flags, level, date, marks, object_id"
#define GODWIT_ITEM_COLUMN_TYPES R"(
  source_uid INTEGER NOT NULL,
  target_uid INTEGER NOT NULL,
  size INTEGER NOT NULL,
  digest BLOB NOT NULL,
  flags INTEGER NOT NULL,
  level INTEGER NOT NULL,
  date INTEGER,
  marks INTEGER NOT NULL,
  object_id INTEGER NOT NULL,)"
// Enough of a digest to index: over whole digests it would be half as large as the pool.
#define GODWIT_DIGEST_KEY(digest) "substr(" digest ", 1, 8)"

// Item rows carry no index but their key: look-ups by digest or target UID are rare, and each index would cost half as much
// again in the copy path. The pool is for look-ups; see docs/decisions/0004-vanished-items-wait-in-a-pool.md.
//
// In `folder`, items counts all rows, located those with a target UID, accepted to left_out those at each level; no row below source UID
// accepted_from is at level accepted (2^32: none is), so that the end of a round does not read what earlier rounds have settled; changed
// numbers the last change of a counter within the whole store, in `account` that of the route or of a folder's going; last_batch keeps the
// ids of intents from coming again, in `account` those of folders that are gone. References are checked at the commit, so that
// a folder that is not there is told by the update of its row.
//
// A folder with a kind is a collection: CollectionKind + 1. Its items are in `resource`; what lies on the target alone, in `stranger`.
// resource.level 0: not on the target. marks: is_active | brought << 1 | touched << 2 | gone << 3 | stale << 4. is_open: a round has to
// look at it whatever the servers say has changed. last_resource keeps numbers from coming again.
inline constexpr FileKind account_file{
    .application_id = 0x67647761,  // "gdwa"
    .schema_version = 3,
    .schema = R"(
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  route INTEGER NOT NULL DEFAULT 0,
  last_batch INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL DEFAULT 0,
  round_began INTEGER,
  round_ended INTEGER,
  rules TEXT NOT NULL DEFAULT '',
  without_unique_id INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE folder (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL DEFAULT 0,
  source_name TEXT NOT NULL,
  target_name TEXT NOT NULL,
  source_uid_validity INTEGER NOT NULL DEFAULT 0,
  target_uid_validity INTEGER NOT NULL DEFAULT 0,
  target_uid_next INTEGER NOT NULL DEFAULT 1,
  source_token_uid_validity INTEGER NOT NULL DEFAULT 0,
  source_token_uid_next INTEGER NOT NULL DEFAULT 0,
  source_token_messages INTEGER NOT NULL DEFAULT 0,
  source_token_highest_modseq INTEGER NOT NULL DEFAULT 0,
  target_token_uid_validity INTEGER NOT NULL DEFAULT 0,
  target_token_uid_next INTEGER NOT NULL DEFAULT 0,
  target_token_messages INTEGER NOT NULL DEFAULT 0,
  target_token_highest_modseq INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  located INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  problems INTEGER NOT NULL DEFAULT 0,
  not_moved INTEGER NOT NULL DEFAULT 0,
  open_batches INTEGER NOT NULL DEFAULT 0,
  vanished INTEGER NOT NULL DEFAULT 0,
  accepted INTEGER NOT NULL DEFAULT 0,
  listed INTEGER NOT NULL DEFAULT 0,
  proven INTEGER NOT NULL DEFAULT 0,
  altered INTEGER NOT NULL DEFAULT 0,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  left_out INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL DEFAULT 0,
  accepted_from INTEGER NOT NULL DEFAULT 4294967296,
  last_batch INTEGER NOT NULL DEFAULT 0,
  extras TEXT NOT NULL DEFAULT '',
  display_name TEXT NOT NULL DEFAULT '',
  source_seen TEXT NOT NULL DEFAULT '',
  source_state TEXT NOT NULL DEFAULT '',
  target_seen TEXT NOT NULL DEFAULT '',
  target_state TEXT NOT NULL DEFAULT '',
  last_resource INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL,
  UNIQUE (kind, source_name)
) STRICT;
CREATE TABLE resource (
  folder INTEGER NOT NULL REFERENCES folder DEFERRABLE INITIALLY DEFERRED,
  number INTEGER NOT NULL,
  uid TEXT NOT NULL,
  kind INTEGER NOT NULL,
  source_name TEXT NOT NULL,
  source_version TEXT NOT NULL,
  target_name TEXT NOT NULL,
  target_version TEXT NOT NULL,
  size INTEGER NOT NULL,
  digest BLOB NOT NULL,
  target_digest BLOB NOT NULL,
  intended BLOB,
  level INTEGER NOT NULL,
  marks INTEGER NOT NULL,
  is_open INTEGER NOT NULL,
  PRIMARY KEY (folder, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX resource_by_source ON resource (folder, source_name);
CREATE INDEX resource_by_target ON resource (folder, target_name);
CREATE INDEX resource_by_uid ON resource (folder, uid);
CREATE INDEX resource_open ON resource (folder, number) WHERE is_open = 1;
CREATE TABLE stranger (
  folder INTEGER NOT NULL REFERENCES folder DEFERRABLE INITIALLY DEFERRED,
  target_name TEXT NOT NULL,
  target_version TEXT NOT NULL,
  uid TEXT NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (folder, target_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX stranger_by_uid ON stranger (folder, uid);
CREATE TABLE resource_count (
  folder INTEGER NOT NULL REFERENCES folder DEFERRABLE INITIALLY DEFERRED,
  kind INTEGER NOT NULL,
  level INTEGER NOT NULL,
  resources INTEGER NOT NULL,
  PRIMARY KEY (folder, kind, level)
) STRICT, WITHOUT ROWID;
CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  folder INTEGER NOT NULL REFERENCES folder DEFERRABLE INITIALLY DEFERRED,
  source_uids TEXT NOT NULL,
  target_uid_next INTEGER NOT NULL
) STRICT;
CREATE TABLE item (
  folder INTEGER NOT NULL,)" GODWIT_ITEM_COLUMN_TYPES R"(
  PRIMARY KEY (folder, source_uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE vanished (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  folder INTEGER NOT NULL REFERENCES folder DEFERRABLE INITIALLY DEFERRED,)" GODWIT_ITEM_COLUMN_TYPES R"(
  by_restart INTEGER NOT NULL,
  being_removed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX vanished_by_digest ON vanished ()" GODWIT_DIGEST_KEY("digest") R"();
CREATE INDEX vanished_by_object ON vanished (object_id) WHERE object_id <> 0;
CREATE INDEX vanished_by_target ON vanished (folder, target_uid);
CREATE TABLE keyword_list (id INTEGER PRIMARY KEY, keywords TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE problem (
  folder INTEGER NOT NULL REFERENCES folder DEFERRABLE INITIALLY DEFERRED,
  source_uid INTEGER NOT NULL,
  folder_name TEXT NOT NULL,
  size INTEGER NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  server_text TEXT NOT NULL,
  subject TEXT NOT NULL,
  sender TEXT NOT NULL,
  date TEXT NOT NULL,
  not_moved INTEGER NOT NULL,
  stored BLOB,
  item TEXT NOT NULL,
  PRIMARY KEY (folder, source_uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE flag_intent (
  folder INTEGER NOT NULL,
  source_uid INTEGER NOT NULL,
  target_uid INTEGER NOT NULL,
  add_flags INTEGER NOT NULL,
  remove_flags INTEGER NOT NULL,
  synced INTEGER NOT NULL,
  PRIMARY KEY (folder, source_uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE consent (kind TEXT PRIMARY KEY, problems INTEGER NOT NULL) STRICT;
CREATE TABLE keyed_folder (
  id INTEGER PRIMARY KEY,
  side INTEGER NOT NULL,
  name TEXT NOT NULL,
  uid_validity INTEGER NOT NULL,
  uid_next INTEGER NOT NULL DEFAULT 1,
  UNIQUE (side, name)
) STRICT;
CREATE TABLE message_key (
  folder INTEGER NOT NULL REFERENCES keyed_folder,
  uid INTEGER NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_key_by_key ON message_key (folder, key);
CREATE TABLE unique_id (
  place INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  folder INTEGER NOT NULL,
  uid_validity INTEGER NOT NULL,
  source_uid INTEGER NOT NULL
) STRICT;
)",
    .noun = "an account's store"};

// account.mirrored: the number of the last change in the account's store that is shown here; see
// docs/decisions/0001-intents-live-beside-items.md.
inline constexpr FileKind central_file{
    .application_id = 0x67647774,  // "gdwt"
    .schema_version = 2,
    .schema = R"(
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  mirrored INTEGER NOT NULL,
  route INTEGER NOT NULL DEFAULT 0,
  UNIQUE (source, target)
) STRICT;
CREATE INDEX account_by_target ON account (target);
CREATE TABLE folder (
  account INTEGER NOT NULL REFERENCES account,
  id INTEGER NOT NULL,
  source_name TEXT NOT NULL,
  items INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  problems INTEGER NOT NULL,
  not_moved INTEGER NOT NULL,
  open_batches INTEGER NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE problem (
  account INTEGER NOT NULL,
  folder INTEGER NOT NULL,
  source_uid INTEGER NOT NULL,
  folder_name TEXT NOT NULL,
  size INTEGER NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  server_text TEXT NOT NULL,
  subject TEXT NOT NULL,
  sender TEXT NOT NULL,
  date TEXT NOT NULL,
  PRIMARY KEY (account, folder, source_uid),
  FOREIGN KEY (account, folder) REFERENCES folder
) STRICT, WITHOUT ROWID;
CREATE TABLE host_fact (
  host TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (host, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  command TEXT NOT NULL,
  began INTEGER NOT NULL,
  ended INTEGER,
  settings TEXT NOT NULL,
  estimate TEXT NOT NULL,
  timeline TEXT NOT NULL
) STRICT;
CREATE TABLE account_summary (
  source TEXT NOT NULL,
  target TEXT NOT NULL,
  summary TEXT NOT NULL,
  PRIMARY KEY (source, target)
) STRICT, WITHOUT ROWID;
CREATE TABLE vault (id INTEGER PRIMARY KEY CHECK (id = 1), public_key BLOB NOT NULL) STRICT;
CREATE TABLE sealed_password (
  account TEXT NOT NULL,
  side INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (account, side)
) STRICT, WITHOUT ROWID;
)",
    .noun = "a ledger"};

}  // namespace godwit::ledger
