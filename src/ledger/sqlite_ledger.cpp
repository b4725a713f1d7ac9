// SPDX-License-Identifier: Apache-2.0
#include "ledger/sqlite_ledger.h"

#include "ledger/central_store.h"
#include "ledger/lock_file.h"
#include "ledger/sqlite_collections.h"

namespace godwit::ledger {
namespace {

class SqliteAccountLedger : public AccountLedger {
 public:
  SqliteAccountLedger(std::shared_ptr<Writer> writer, std::shared_ptr<CentralStore> central,
                      std::shared_ptr<AccountStore> store)
      : writer_(std::move(writer)), central_(std::move(central)), store_(std::move(store)) {}

  // The store is closed on the writer's thread, behind what is queued for it.
  ~SqliteAccountLedger() override {
    writer_->post(central_, Access::write,
                  [store = std::move(store_)](CentralStore& central) { return central.mirror(*store); });
  }

  CollectionLedger& collections() override { return collections_; }

  Task<Result<Route>> route() override {
    return read([](AccountStore& store) { return store.route(); });
  }

  Task<Result<>> set_route(Route route) override {
    GODWIT_CO_CHECK(co_await write([route](AccountStore& store) { return store.set_route(route); }));
    co_return co_await mirror();
  }

  Task<Result<RoundRecord>> last_round() override {
    return read([](AccountStore& store) { return store.last_round(); });
  }

  Task<Result<>> begin_round(InternalDate now, std::string rules) override {
    return write([now, rules = std::move(rules)](AccountStore& store) { return store.begin_round(now, rules); });
  }

  Task<Result<>> end_round(InternalDate now) override {
    return write([now](AccountStore& store) { return store.end_round(now); });
  }

  Task<Result<std::vector<FolderRecord>>> folders() override {
    return read([](AccountStore& store) { return store.folders(); });
  }

  Task<Result<FolderRecord>> open_folder(std::string source_name, std::string target_name) override {
    return write([source = std::move(source_name), target = std::move(target_name)](AccountStore& store) {
      return store.open_folder(source, target);
    });
  }

  Task<Result<>> restart_folder(FolderId folder, std::uint32_t source_uid_validity,
                                std::uint32_t target_uid_validity) override {
    while (true) {
      GODWIT_CO_TRY(const bool more, co_await write([folder, source_uid_validity, target_uid_validity](AccountStore& store) {
                      return store.restart_slice(folder, source_uid_validity, target_uid_validity);
                    }));
      if (!more) co_return Result<>();
    }
  }

  Task<Result<>> restart_source(FolderId folder, std::uint32_t source_uid_validity) override {
    while (true) {
      GODWIT_CO_TRY(const bool more, co_await write([folder, source_uid_validity](AccountStore& store) {
                      return store.restart_source_slice(folder, source_uid_validity);
                    }));
      if (!more) co_return Result<>();
    }
  }

  Task<Result<>> set_made(FolderId folder) override {
    return write([folder](AccountStore& store) { return store.set_made(folder); });
  }

  Task<Result<>> set_target_validity(FolderId folder, std::uint32_t uid_validity) override {
    return write([folder, uid_validity](AccountStore& store) { return store.set_target_validity(folder, uid_validity); });
  }

  Task<Result<>> rename_folder(FolderId folder, std::string source_name, std::string target_name) override {
    return write([folder, source = std::move(source_name), target = std::move(target_name)](AccountStore& store) {
      return store.rename_folder(folder, source, target);
    });
  }

  Task<Result<>> forget_folder(FolderId folder) override {
    return write([folder](AccountStore& store) { return store.forget_folder(folder); });
  }

  Task<Result<std::vector<ItemRecord>>> items(FolderId folder, Uid from, std::size_t limit) override {
    return read([folder, from, limit](AccountStore& store) { return store.items(folder, from, limit); });
  }

  Task<Result<UidSet>> source_uids(FolderId folder) override {
    return read([folder](AccountStore& store) { return store.source_uids(folder); });
  }

  Task<Result<UidSet>> target_uids(FolderId folder, Uid from) override {
    return read([folder, from](AccountStore& store) { return store.target_uids(folder, from); });
  }

  Task<Result<UidSet>> target_uids_at(FolderId folder, Level level) override {
    return read([folder, level](AccountStore& store) { return store.target_uids_at(folder, level); });
  }

  Task<Result<std::map<std::uint8_t, UidSet>>> accepted_by_hazards(FolderId folder) override {
    return read([folder](AccountStore& store) { return store.accepted_by_hazards(folder); });
  }

  Task<Result<std::vector<ItemRecord>>> items_by_target(FolderId folder, UidSet target_uids, Uid from,
                                                        std::size_t limit) override {
    return read([folder, uids = std::move(target_uids), from, limit](AccountStore& store) {
      return store.items_by_target(folder, uids, from, limit);
    });
  }

  Task<Result<BatchId>> begin_batch(FolderId folder, UidSet source_uids, std::uint32_t target_uid_next) override {
    return write([folder, uids = std::move(source_uids), target_uid_next](AccountStore& store) {
      return store.begin_batch(folder, uids, target_uid_next);
    });
  }

  Task<Result<>> end_batch(BatchId batch, FolderId folder, std::vector<ItemRecord> items, std::vector<Problem> problems,
                           std::uint32_t fence) override {
    return write([batch, folder, rows = std::move(items), refused = std::move(problems), fence](AccountStore& store) {
      return store.end_batch(batch, folder, rows, refused, fence);
    });
  }

  Task<Result<>> record(FolderId folder, std::vector<ItemRecord> items, std::vector<Problem> problems) override {
    return write([folder, rows = std::move(items), refused = std::move(problems)](AccountStore& store) {
      return store.record(folder, rows, refused);
    });
  }

  Task<Result<std::vector<Batch>>> open_batches(FolderId folder) override {
    return read([folder](AccountStore& store) { return store.open_batches(folder); });
  }

  Task<Result<>> settle(FolderId folder, std::uint32_t fence) override {
    return write([folder, fence](AccountStore& store) { return store.settle(folder, fence); });
  }

  Task<Result<>> raise_level(FolderId folder, UidSet target_uids, Level level) override {
    Uid from = 0;
    do {
      GODWIT_CO_TRY(from, co_await write([folder, from, &target_uids, level](AccountStore& store) {
                      return store.raise_slice(folder, from, target_uids, level);
                    }));
    } while (from != 0);
    co_return Result<>();
  }

  Task<Result<>> begin_flags(std::vector<FlagIntent> intents) override {
    return write([all = std::move(intents)](AccountStore& store) { return store.begin_flags(all); });
  }

  Task<Result<std::vector<FlagIntent>>> flag_intents() override {
    return read([](AccountStore& store) { return store.flag_intents(); });
  }

  Task<Result<>> set_flags(FolderId folder, std::vector<std::pair<Uid, MessageFlags>> by_source_uid) override {
    return write([folder, flags = std::move(by_source_uid)](AccountStore& store) { return store.set_flags(folder, flags); });
  }

  Task<Result<>> forget_items(FolderId folder, UidSet source_uids) override {
    return write([folder, uids = std::move(source_uids)](AccountStore& store) { return store.forget_items(folder, uids); });
  }

  Task<Result<>> vanish(FolderId folder, UidSet source_uids) override {
    Uid from = 0;
    do {
      GODWIT_CO_TRY(from, co_await write([folder, from, &source_uids](AccountStore& store) {
                      return store.vanish_slice(folder, from, source_uids);
                    }));
    } while (from != 0);
    co_return Result<>();
  }

  Task<Result<std::vector<VanishedItem>>> vanished(VanishedId after, std::size_t limit) override {
    return read([after, limit](AccountStore& store) { return store.vanished(after, limit); });
  }

  Task<Result<FoundVanished>> find_vanished(std::vector<Digest> digests, FolderId folder) override {
    return read([keys = std::move(digests), folder](AccountStore& store) { return store.find_vanished(keys, folder); });
  }

  Task<Result<FoundVanished>> find_vanished_by_object(std::vector<std::uint64_t> object_ids, FolderId folder) override {
    return read([keys = std::move(object_ids), folder](AccountStore& store) {
      return store.find_vanished_by_object(keys, folder);
    });
  }

  using AccountLedger::adopt;
  Task<Result<>> adopt(FolderId folder, std::vector<Adoption> adoptions) override {
    return write([folder, all = std::move(adoptions)](AccountStore& store) { return store.adopt(folder, all); });
  }

  Task<Result<>> begin_removal(std::vector<VanishedId> ids) override {
    return write([all = std::move(ids)](AccountStore& store) { return store.begin_removal(all); });
  }

  Task<Result<>> relocate_vanished(VanishedId id, FolderId folder, Uid target_uid) override {
    return write([id, folder, target_uid](AccountStore& store) { return store.relocate_vanished(id, folder, target_uid); });
  }

  Task<Result<>> drop_vanished(std::vector<VanishedId> ids) override {
    return write([all = std::move(ids)](AccountStore& store) { return store.drop_vanished(all); });
  }

  Task<Result<>> finish_folder(FolderId folder, FolderToken source, FolderToken target, std::uint32_t fence) override {
    GODWIT_CO_CHECK(co_await write([folder, source, target, fence](AccountStore& store) {
      return store.finish_folder(folder, source, target, fence);
    }));
    co_return co_await mirror();
  }

  Task<Result<std::vector<Problem>>> problems(std::size_t offset, std::size_t limit) override {
    return read([offset, limit](AccountStore& store) { return store.problems(offset, limit); });
  }

  Task<Result<>> forget_problems(FolderId folder, UidSet source_uids) override {
    return write([folder, uids = std::move(source_uids)](AccountStore& store) { return store.forget_problems(folder, uids); });
  }

  Task<Result<std::vector<ProblemGroup>>> problem_groups() override {
    return read([](AccountStore& store) { return store.problem_groups(); });
  }

  Task<Result<>> accept_problems(std::string kind) override {
    return write([kind = std::move(kind)](AccountStore& store) { return store.accept_problems(kind); });
  }

  Task<Result<std::string>> extras(FolderId folder) override {
    return read([folder](AccountStore& store) { return store.extras(folder); });
  }

  Task<Result<>> set_extras(FolderId folder, std::string extras, std::optional<Problem> problem) override {
    return write([folder, extras = std::move(extras), problem = std::move(problem)](AccountStore& store) {
      return store.set_extras(folder, extras, problem);
    });
  }

  Task<Result<Counters>> counters() override {
    return read([](AccountStore& store) { return store.counters(); });
  }

  Task<Result<KeyedFolder>> keyed_folder(Side side, std::string name) override {
    return write([side, name = std::move(name)](AccountStore& store) { return store.keyed_folder(side, name); });
  }

  Task<Result<std::vector<Uid>>> number_keys(Side side, std::string name, std::vector<std::string> keys) override {
    return write([side, name = std::move(name), keys = std::move(keys)](AccountStore& store) {
      return store.number_keys(side, name, keys);
    });
  }

  Task<Result<>> forget_keys(Side side, std::string name, UidSet uids) override {
    return write([side, name = std::move(name), uids = std::move(uids)](AccountStore& store) {
      return store.forget_keys(side, name, uids);
    });
  }

  Task<Result<>> set_unique_ids(FolderId folder, std::vector<UniqueIdRecord> ids) override {
    return write([folder, ids = std::move(ids)](AccountStore& store) { return store.set_unique_ids(folder, ids); });
  }

  Task<Result<std::vector<UniqueIdRecord>>> unique_ids() override {
    return read([](AccountStore& store) { return store.unique_ids(); });
  }

  Task<Result<std::uint64_t>> count_without_unique_id(FolderId folder) override {
    return write([folder](AccountStore& store) { return store.count_without_unique_id(folder); });
  }

 private:
  template <class Work>
  Task<std::invoke_result_t<Work&, AccountStore&>> read(Work work) {
    return writer_->run(store_, Access::read, std::move(work));
  }
  template <class Work>
  Task<std::invoke_result_t<Work&, AccountStore&>> write(Work work) {
    return writer_->run(store_, Access::write, std::move(work));
  }
  Task<Result<>> mirror() {
    return writer_->run(central_, Access::write, [store = store_](CentralStore& central) { return central.mirror(*store); });
  }

  std::shared_ptr<Writer> writer_;
  std::shared_ptr<CentralStore> central_;
  std::shared_ptr<AccountStore> store_;
  SqliteCollections collections_{*writer_, store_};
};

class SqliteLedger : public Ledger {
 public:
  SqliteLedger(LockFile lock, std::shared_ptr<CentralStore> central) : lock_(std::move(lock)), central_(std::move(central)) {}
  ~SqliteLedger() override { writer_->stop(); }

  Task<Result<std::unique_ptr<AccountLedger>>> account(std::string source, std::string target) override {
    GODWIT_CO_TRY(auto store, co_await writer_->run(central_, Access::write, [source, target](CentralStore& central) {
                    return central.account(source, target);
                  }));
    co_return std::make_unique<SqliteAccountLedger>(writer_, central_, std::move(store));
  }

  Task<Result<std::vector<AccountIdentity>>> accounts(std::string target) override {
    return writer_->run(central_, Access::read, [target = std::move(target)](CentralStore& central) { return central.accounts(target); });
  }

  Task<Result<std::optional<std::string>>> host_fact(std::string host, std::string key) override {
    return writer_->run(central_, Access::read, [host = std::move(host), key = std::move(key)](CentralStore& central) {
      return central.host_fact(host, key);
    });
  }

  Task<Result<>> set_host_fact(std::string host, std::string key, std::string value) override {
    return writer_->run(central_, Access::write,
                        [host = std::move(host), key = std::move(key), value = std::move(value)](CentralStore& central) {
                          return central.set_host_fact(host, key, value);
                        });
  }

  Task<Result<RunId>> begin_run(RunRecord run) override {
    return writer_->run(central_, Access::write, [run = std::move(run)](CentralStore& central) { return central.begin_run(run); });
  }

  Task<Result<>> update_run(RunRecord run) override {
    return writer_->run(central_, Access::write, [run = std::move(run)](CentralStore& central) { return central.update_run(run); });
  }

  Task<Result<std::vector<RunRecord>>> runs() override {
    return writer_->run(central_, Access::read, [](CentralStore& central) { return central.runs(); });
  }

  Task<Result<>> set_summary(AccountSummary summary) override {
    return writer_->run(central_, Access::write,
                        [summary = std::move(summary)](CentralStore& central) { return central.set_summary(summary); });
  }

  Task<Result<std::vector<AccountSummary>>> summaries() override {
    return writer_->run(central_, Access::read, [](CentralStore& central) { return central.summaries(); });
  }

  Task<Result<std::optional<std::string>>> vault_key() override {
    return writer_->run(central_, Access::read, [](CentralStore& central) { return central.vault_key(); });
  }

  Task<Result<>> set_vault_key(std::string public_key) override {
    return writer_->run(central_, Access::write,
                        [key = std::move(public_key)](CentralStore& central) { return central.set_vault_key(key); });
  }

  Task<Result<>> put_password(Login login, std::string sealed, std::string public_key) override {
    return writer_->run(central_, Access::write,
                        [login = std::move(login), sealed = std::move(sealed), key = std::move(public_key)](
                            CentralStore& central) { return central.put_password(login, sealed, key); });
  }

  Task<Result<std::optional<std::string>>> sealed_password(Login login) override {
    return writer_->run(central_, Access::read,
                        [login = std::move(login)](CentralStore& central) { return central.sealed_password(login); });
  }

  Task<Result<std::vector<Login>>> password_logins() override {
    return writer_->run(central_, Access::read, [](CentralStore& central) { return central.password_logins(); });
  }

  Task<Result<>> change_vault_key(std::string public_key, Reseal reseal) override {
    return erase([key = std::move(public_key), reseal = std::move(reseal)](CentralStore& central) {
      return central.change_vault_key(key, reseal);
    });
  }

  Task<Result<>> erase_password(Login login) override {
    return erase([login = std::move(login)](CentralStore& central) { return central.erase_password(login); });
  }

  Task<Result<>> erase_vault() override {
    return erase([](CentralStore& central) { return central.erase_vault(); });
  }

  Task<Result<>> make_durable() override {
    return writer_->run(central_, Access::between, [](CentralStore& central) { return central.empty_log(); });
  }

 private:
  // SQLite overwrites what is deleted, but the log may still hold it.
  template <class Work>
  Task<Result<>> erase(Work work) {
    GODWIT_CO_CHECK(co_await writer_->run(central_, Access::write, std::move(work)));
    co_return co_await make_durable();
  }

  LockFile lock_;  // goes last
  std::shared_ptr<CentralStore> central_;
  std::shared_ptr<Writer> writer_ = std::make_shared<Writer>();
};

}  // namespace

Result<std::unique_ptr<Ledger>> open_sqlite_ledger(const std::filesystem::path& file) {
  // One name for the file, so that two ways to it meet at the same lock.
  std::error_code failed;
  std::filesystem::path name = std::filesystem::weakly_canonical(std::filesystem::absolute(file), failed);
  if (failed) name = file;
  GODWIT_TRY(LockFile lock, LockFile::acquire(std::filesystem::path(name) += ".lock"));
  GODWIT_TRY(auto central, CentralStore::open(name));
  return std::make_unique<SqliteLedger>(std::move(lock), std::move(central));
}

}  // namespace godwit::ledger
