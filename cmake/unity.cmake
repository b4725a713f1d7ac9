# A build that begins from nothing compiles several files at once.
if(GODWIT_UNITY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
  # Each has a local name that another file of its folder has, too.
  set(compiled_alone
    src/adapters/maildir/store.cpp src/adapters/mbox/mbox_writer.cpp src/adapters/memory/memory_collections.cpp
    src/cli/copy_collections.cpp src/cli/dry_run.cpp src/cli/plan_passwords.cpp src/cli/plan_tokens.cpp
    src/collections/removals.cpp src/collections/verifier.cpp src/estimate/sample.cpp src/files/directory.cpp
    src/groupware/card.cpp src/groupware/card_meaning.cpp src/groupware/card_test.cpp src/groupware/content_lines_test.cpp
    src/imap/client_keep_alive_test.cpp src/imap/client_login_test.cpp src/imap/client_rights_test.cpp
    src/imap/client_test.cpp src/imap/refusal.cpp src/imap/refusal_test.cpp src/jobs/migration.cpp
    src/ledger/account_resources.cpp src/limits/gate_test.cpp src/limits/learned_cap_test.cpp src/limits/limited_test.cpp
    src/limits/reserve_pair_test.cpp src/limits/seats_test.cpp src/limits/token_bucket_test.cpp src/mime/repair_edits_test.cpp
    src/mime/repair_header_8bit.cpp src/mime/repair_lines.cpp src/net/tls_transport.cpp src/plan/identities_file.cpp
    src/plan/plan_login_ways_test.cpp src/probe/check_names.cpp src/probe/check_reading.cpp src/probe/specimens.cpp
    src/pst/documents.cpp src/pst/folder_roles.cpp src/pst/item_document_test.cpp src/pst/listing.cpp src/pst/time_zone.cpp
    src/pst_helper/pst_reader.cpp src/report/manifest_directory_test.cpp src/report/manifest_reader.cpp
    src/report/organisation_text.cpp src/sieve/summary.cpp src/sieve/wire_test.cpp src/sync/planner_test.cpp
    src/sync/round_sources_test.cpp src/sync/target_line.cpp src/vault/vault_test.cpp
    tests/conformance/ledger_rounds_suite.cpp tests/conformance/ledger_runs_suite.cpp)
  list(TRANSFORM compiled_alone PREPEND ${CMAKE_SOURCE_DIR}/)
  set_source_files_properties(${compiled_alone} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endif()
