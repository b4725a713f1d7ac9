// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "adapters/sieve/account.h"
#include "adapters/sieve/scripts.h"
#include "sieve/client.h"

namespace godwit::adapters {

// The scripts of an account that is logged in. A target's session does all that a source's does.
class SieveSession final : public endpoint::CollectionTargetSession {
 public:
  using Open = std::function<Task<Result<std::unique_ptr<sieve::Client>>>()>;
  // `place` for errors: "sieve://mail.example.com:4190: user alice". `open`: the same once more.
  SieveSession(std::unique_ptr<sieve::Client> client, std::string place, Open open);
  [[nodiscard]] const endpoint::CollectionTraits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override;
  [[nodiscard]] Task<Result<std::vector<endpoint::Collection>>> collections() override;
  [[nodiscard]] Task<Result<endpoint::ResourceChanges>> changes(const endpoint::Collection& collection, const std::string& since) override;
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::ResourceContent>>>> fetch(const endpoint::Collection& collection,
                                                                                 std::span<const std::string> names) override;
  void close() override { client_->close(); }

  [[nodiscard]] Task<Result<endpoint::Collection>> create(const endpoint::NewCollection& collection) override;
  [[nodiscard]] Task<Result<std::vector<std::string>>> change_properties(const endpoint::Collection& collection,
                                                                       const endpoint::CollectionProperties& properties) override;
  [[nodiscard]] Task<Result<std::vector<endpoint::PutOutcome>>> put(const endpoint::Collection& collection,
                                                                   std::span<const endpoint::NewResource> resources) override;
  [[nodiscard]] Task<Result<std::vector<Result<>>>> remove(const endpoint::Collection& collection,
                                                           std::span<const endpoint::Resource> resources) override;

 private:
  struct Stored {
    std::string text;
    std::optional<Error> unreadable{};
    bool is_active = false;
    [[nodiscard]] std::string version() const { return unreadable ? "unreadable" : version_of(text); }
  };
  using StoredScripts = std::map<std::string, Stored, std::less<>>;
  struct Draft;  // of one put()
  [[nodiscard]] Task<Result<StoredScripts>> read_all();
  [[nodiscard]] Task<Result<std::map<std::string, Result<std::string>>>> read(std::vector<std::string> names);
  [[nodiscard]] Task<Result<std::vector<Result<std::string>>>> get(std::span<const std::string> names);
  [[nodiscard]] Error at_script(Error error, std::string_view name) const;
  [[nodiscard]] std::optional<endpoint::PutOutcome> obstacle_to(const endpoint::NewResource& resource, const std::string& name,
                                                                const StoredScripts& there) const;
  [[nodiscard]] Task<Result<>> ask_for_space(std::vector<Draft>& drafts);
  [[nodiscard]] Task<Result<>> store(std::vector<Draft>& drafts);
  [[nodiscard]] Task<Result<>> read_back(std::vector<Draft>& drafts);
  [[nodiscard]] Task<Result<>> mark_active(std::vector<Draft>& drafts, const StoredScripts& before);
  template <class T>
  [[nodiscard]] Result<T> placed(Result<T> result) const;

  std::unique_ptr<sieve::Client> client_;
  const std::string place_;
  const Open open_;
  endpoint::CollectionTraits traits_;
  ScriptNames names_ = ScriptNames::unicode;
};

}  // namespace godwit::adapters
