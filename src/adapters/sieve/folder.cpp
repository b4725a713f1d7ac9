// SPDX-License-Identifier: Apache-2.0
// A folder of scripts, as servers keep them: Pigeonhole ~/sieve/NAME.sieve with the link ~/.dovecot.sieve, Cyrus NAME.script with the link
// defaultbc.
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "adapters/sieve/account.h"
#include "adapters/sieve/scripts.h"
#include "base/error_code_filters.h"
#include "base/text.h"
#include "files/directory.h"

namespace godwit::adapters {
namespace {

constexpr std::uint64_t longest_script = std::uint64_t{4} << 20;
constexpr std::string_view pigeonhole_link = ".dovecot.sieve";
constexpr std::array<std::string_view, 3> active_links{pigeonhole_link, "defaultbc", "default"};
constexpr std::array<std::string_view, 2> endings{".sieve", ".script"};
constexpr std::array<std::string_view, 4> target_endings{".sieve", ".script", ".bc", ".svbin"};

// The part before the ending; nothing where it has none of them.
std::optional<std::string> stem_of(std::string_view name, std::span<const std::string_view> known) {
  for (const std::string_view ending : known) {
    if (name.size() > ending.size() && name.ends_with(ending)) return std::string(name.substr(0, name.size() - ending.size()));
  }
  return std::nullopt;
}

// The script that a link names: only its last part is looked at.
std::optional<std::string> named_by_link(const files::Directory& folder, std::string_view link) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlinkat(folder.descriptor(), std::string(link).c_str(), buffer.data(), buffer.size());
  if (size < 0) return std::nullopt;
  const std::string_view target(buffer.data(), static_cast<std::size_t>(size));
  return stem_of(target.substr(target.rfind('/') + 1), target_endings);
}

struct ScriptFile {
  std::string name;
  bool is_in_home = false;
};
struct Scripts {
  files::Directory home, folder;  // often the same
  std::map<std::string, ScriptFile> files;  // by the names of the scripts
  std::optional<std::string> active;
  std::vector<std::string> warnings;
};

Result<> list(const files::Directory& folder, Scripts& scripts) {
  GODWIT_TRY(const auto entries, folder.entries());
  for (const files::Entry& entry : entries) {
    const auto name = stem_of(entry.name, endings);
    if (!name || entry.name == pigeonhole_link) continue;
    if (entry.kind == files::EntryKind::file) scripts.files.emplace(*name, ScriptFile{entry.name});
    else scripts.warnings.push_back(printable(entry.name) + " is no ordinary file and is not read; put a copy of the script in its place");
  }
  return {};
}

void find_active(const files::Directory& folder, Scripts& scripts) {
  for (const std::string_view link : active_links) {
    if (!scripts.active) scripts.active = named_by_link(folder, link);
  }
}

// Of a Pigeonhole that nobody has used over ManageSieve: no link, but the active script itself.
void find_single(Scripts& scripts) {
  const auto status = scripts.home.status(std::string(pigeonhole_link));
  if (scripts.active || !status || !S_ISREG(status->st_mode)) return;
  scripts.active = scripts.files.contains("dovecot") ? "dovecot.orig" : "dovecot";
  scripts.files[*scripts.active] = {std::string(pigeonhole_link), true};
}

Result<Scripts> open_scripts(const std::filesystem::path& path) {
  GODWIT_TRY(files::Directory home, files::Directory::open(path));
  GODWIT_TRY(files::Directory folder, home.has_folder("sieve") ? home.folder("sieve") : files::Directory::open(path));
  Scripts scripts{std::move(home), std::move(folder), {}, {}, {}};
  GODWIT_CHECK(list(scripts.folder, scripts));
  find_active(scripts.home, scripts);
  find_active(scripts.folder, scripts);
  find_single(scripts);
  if (scripts.active && !scripts.files.contains(*scripts.active)) {
    scripts.warnings.push_back("the active script is " + printable(*scripts.active) + ", which is not there");
    scripts.active.reset();
  }
  return scripts;
}

class FolderSession final : public endpoint::CollectionSession {
 public:
  explicit FolderSession(Scripts scripts) : scripts_(std::move(scripts)) {
    traits_.server = "folder of Sieve scripts";
    traits_.warnings = scripts_.warnings;
    traits_.kinds = {CollectionKind::filters};
    traits_.batch_items = 1000;
  }
  [[nodiscard]] const endpoint::CollectionTraits& traits() const override { return traits_; }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override {
    endpoint::ServerFacts facts;
    facts.software = traits_.server;
    co_return facts;
  }
  [[nodiscard]] Task<Result<std::vector<endpoint::Collection>>> collections() override {
    co_return std::vector<endpoint::Collection>{filters_collection(false)};
  }
  [[nodiscard]] Task<Result<endpoint::ResourceChanges>> changes(const endpoint::Collection& collection, const std::string& since) override {
    GODWIT_CO_CHECK(check_filters(collection));
    std::vector<endpoint::Resource> resources;
    for (const auto& [name, file] : scripts_.files) {
      const auto text = read(name);
      if (!text && text.error().kind == ErrorKind::not_found) continue;
      resources.push_back({name, text ? version_of(*text) : "unreadable", name == scripts_.active, text ? text->size() : 0});
    }
    co_return changes_since(std::move(resources), since);
  }
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::ResourceContent>>>> fetch(const endpoint::Collection& collection,
                                                                                 std::span<const std::string> names) override {
    GODWIT_CO_CHECK(check_filters(collection));
    std::vector<Result<endpoint::ResourceContent>> all;
    for (const std::string& name : names) {
      auto text = read(name);
      if (text) all.emplace_back(endpoint::ResourceContent{name, version_of(*text), *text, name == scripts_.active});
      else all.emplace_back(std::unexpected(std::move(text).error().at("script " + printable(name))));
    }
    co_return all;
  }
  void close() override {}

 private:
  [[nodiscard]] Result<std::string> read(const std::string& name) const {
    const auto file = scripts_.files.find(name);
    if (file == scripts_.files.end()) return fail(codes::not_found, "there is no such script");
    return (file->second.is_in_home ? scripts_.home : scripts_.folder).read_file(file->second.name, longest_script);
  }

  const Scripts scripts_;
  endpoint::CollectionTraits traits_;
};

class FolderSource final : public endpoint::CollectionSource {
 public:
  explicit FolderSource(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] std::string identity() const override { return "sievedir:" + path_.string(); }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::CollectionSession>>> connect() override {
    GODWIT_CO_TRY(Scripts scripts, open_scripts(path_));
    co_return std::make_unique<FolderSession>(std::move(scripts));
  }

 private:
  const std::filesystem::path path_;
};

}  // namespace

std::unique_ptr<endpoint::CollectionSource> make_sieve_folder_source(std::filesystem::path path) {
  return std::make_unique<FolderSource>(std::move(path));
}

}  // namespace godwit::adapters
