// SPDX-License-Identifier: Apache-2.0
#include "adapters/sieve/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/sieve/scripts.h"
#include "base/error_code_filters.h"
#include "base/text.h"
#include "sieve/summary.h"

namespace godwit::adapters {
namespace {

using endpoint::PutOutcome;

constexpr std::size_t batch = 1000;  // scripts of one account that are put together, so that those that are included go first
constexpr std::size_t large_script = 16 * 1024;

std::vector<std::string> told_capabilities(const sieve::Capabilities& capabilities) {
  std::vector<std::string> all;
  for (const sieve::Capability& each : capabilities.all()) {
    const bool is_list = each.name == "SIEVE" || each.name == "SASL" || each.name == "NOTIFY";
    if (!is_list) all.push_back(each.value.empty() ? each.name : each.name + "=" + each.value);
    for (const std::string& word : capabilities.words(each.name)) {
      if (is_list) all.push_back(each.name + "=" + word);
    }
  }
  std::ranges::sort(all);
  return all;
}

bool ends_session(const Error& error) { return reaction_to(error.kind) == Reaction::reconnect || error.kind == ErrorKind::unavailable; }

}  // namespace

// A script on its way to the server.
struct SieveSession::Draft {
  const endpoint::NewResource* resource = nullptr;
  std::string name;
  PutOutcome outcome{};
  bool is_to_be_stored = false, is_stored = false;
};

SieveSession::SieveSession(std::unique_ptr<sieve::Client> client, std::string place, Open open)
    : client_(std::move(client)), place_(std::move(place)), open_(std::move(open)) {
  traits_.server = printable(client_->capabilities().value("IMPLEMENTATION"));
  if (traits_.server.empty()) traits_.server = "ManageSieve";
  traits_.kinds = {CollectionKind::filters};
  traits_.batch_items = batch;
  const bool is_cyrus = traits_.server.starts_with("Cyrus");
  if (is_cyrus) names_ = ScriptNames::ascii;
}

template <class T>
Result<T> SieveSession::placed(Result<T> result) const {
  if (!result) return std::unexpected(std::move(result).error().at(place_));
  return result;
}

Error SieveSession::at_script(Error error, std::string_view name) const {
  return std::move(error).at(place_ + ": script " + printable(name));
}

// --- what is there -----------------------------------------------------------------------------------------------------------------

Task<Result<endpoint::ServerFacts>> SieveSession::facts() {
  endpoint::ServerFacts facts;
  facts.software = client_->capabilities().value("IMPLEMENTATION");
  // "Cyrus timsieved 3.6.1-Debian-3.6.1", of older ones "v2.4.17": the last word is the version.
  const std::size_t blank = facts.software.rfind(' ');
  std::string_view last = std::string_view(facts.software).substr(blank == std::string::npos ? facts.software.size() : blank + 1);
  if (last.starts_with('v')) last.remove_prefix(1);
  if (!last.empty() && last.front() >= '0' && last.front() <= '9') {
    facts.version = last;
    facts.software.resize(blank);
  }
  facts.capabilities = told_capabilities(client_->capabilities());
  facts.tls_version = client_->stream().security();
  facts.certificate = client_->stream().certificate();
  co_return facts;
}

Task<Result<std::vector<endpoint::Collection>>> SieveSession::collections() {
  co_return std::vector<endpoint::Collection>{filters_collection(true)};
}

// A session of Cyrus 3.6 cannot give what another one has changed since it began: a new one can.
Task<Result<std::vector<Result<std::string>>>> SieveSession::get(std::span<const std::string> names) {
  GODWIT_CO_TRY(auto texts, co_await client_->get_scripts(names));
  const bool is_stale = std::ranges::any_of(texts, [](const auto& text) { return !text && text.error().kind != ErrorKind::not_found; });
  if (!is_stale) co_return texts;
  client_->close();
  GODWIT_CO_TRY(client_, co_await open_());
  co_return co_await client_->get_scripts(names);
}

// Names that are gone have no entry. What is listed still, and not given, is an error in its place.
Task<Result<std::map<std::string, Result<std::string>>>> SieveSession::read(std::vector<std::string> names) {
  GODWIT_CO_TRY(auto texts, co_await get(names));
  const bool lacks_some = std::ranges::any_of(texts, [](const auto& text) { return !text && text.error().kind == ErrorKind::not_found; });
  std::vector<sieve::ListedScript> listed;
  if (lacks_some) {
    GODWIT_CO_TRY(listed, co_await client_->list_scripts());
  }
  std::map<std::string, Result<std::string>> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!texts[i] && texts[i].error().kind == ErrorKind::not_found) {
      if (std::ranges::find(listed, names[i], &sieve::ListedScript::name) == listed.end()) continue;
      texts[i] = fail(codes::source_cannot_read, "the server lists the script and does not give it", texts[i].error().server_text);
    }
    all.emplace(std::move(names[i]), std::move(texts[i]));
  }
  co_return all;
}

Task<Result<SieveSession::StoredScripts>> SieveSession::read_all() {
  GODWIT_CO_TRY(const auto listed, co_await client_->list_scripts());
  std::vector<std::string> names;
  std::string active;
  for (const sieve::ListedScript& each : listed) {
    names.push_back(each.name);
    if (each.is_active) active = each.name;
  }
  GODWIT_CO_TRY(auto texts, co_await read(std::move(names)));
  StoredScripts scripts;
  for (auto& [name, text] : texts) {
    Stored stored{text.value_or(""), std::nullopt, !active.empty() && name == active};
    if (!text) stored.unreadable = text.error();
    scripts.emplace(name, std::move(stored));
  }
  co_return scripts;
}

Task<Result<endpoint::ResourceChanges>> SieveSession::changes(const endpoint::Collection& collection, const std::string& since) {
  GODWIT_CO_CHECK(placed(check_filters(collection)));
  GODWIT_CO_TRY(const auto scripts, placed(co_await read_all()));
  std::vector<endpoint::Resource> resources;
  for (const auto& [name, script] : scripts) {
    resources.push_back({name, script.version(), script.is_active, script.text.size()});
  }
  co_return changes_since(std::move(resources), since);
}

Task<Result<std::vector<Result<endpoint::ResourceContent>>>> SieveSession::fetch(const endpoint::Collection& collection,
                                                                               std::span<const std::string> names) {
  GODWIT_CO_CHECK(placed(check_filters(collection)));
  GODWIT_CO_TRY(const auto listed, placed(co_await client_->list_scripts()));
  GODWIT_CO_TRY(auto texts, placed(co_await read({names.begin(), names.end()})));
  std::vector<Result<endpoint::ResourceContent>> all;
  for (const std::string& name : names) {
    const auto found = texts.find(name);
    if (found == texts.end()) {
      all.emplace_back(std::unexpected(at_script(make_error(codes::not_found, "there is no such script any more"), name)));
    } else if (!found->second) {
      all.emplace_back(std::unexpected(at_script(found->second.error(), name)));
    } else {
      const bool is_active = std::ranges::any_of(listed, [&](const auto& each) { return each.is_active && each.name == name; });
      all.emplace_back(endpoint::ResourceContent{name, version_of(*found->second), *found->second, is_active});
    }
  }
  co_return all;
}

// --- what changes it ---------------------------------------------------------------------------------------------------------------

Task<Result<endpoint::Collection>> SieveSession::create(const endpoint::NewCollection& collection) {
  if (collection.kind == CollectionKind::filters) co_return filters_collection(true);
  const std::string what = fmt::format("a ManageSieve server holds filters, no {}", name_of(collection.kind));
  co_return placed<endpoint::Collection>(fail(codes::refused, what));
}

Task<Result<std::vector<std::string>>> SieveSession::change_properties(const endpoint::Collection& collection,
                                                                     const endpoint::CollectionProperties& properties) {
  GODWIT_CO_CHECK(placed(check_filters(collection)));
  std::vector<std::string> not_kept;
  if (!properties.display_name.empty()) not_kept.emplace_back("name");
  if (!properties.description.empty()) not_kept.emplace_back("description");
  if (!properties.color.empty()) not_kept.emplace_back("color");
  co_return not_kept;
}

// Why it is not to be sent: nothing, or what becomes of it instead.
std::optional<PutOutcome> SieveSession::obstacle_to(const endpoint::NewResource& resource, const std::string& name,
                                                    const StoredScripts& there) const {
  const auto found = there.find(name);
  const bool is_new = resource.name.empty();
  const std::string version = found == there.end() ? std::string() : found->second.version();
  if (is_new && found != there.end()) return PutOutcome{PutOutcome::Kind::exists, name, version, {}, {}};
  const bool is_other = !is_new && (found == there.end() || (!resource.version.empty() && version != resource.version));
  if (is_other) return PutOutcome{PutOutcome::Kind::changed, name, version, {}, {}};
  const auto summary = sieve::summarize(resource.bytes);
  if (!summary) return std::nullopt;  // the server judges what we cannot read
  const auto missing = sieve::missing_extensions(*summary, client_->capabilities().extensions());
  if (missing.empty()) return std::nullopt;
  const std::string names = printable(fmt::format("{}", fmt::join(missing, ", ")));
  Error error = make_error(codes::filter_needs_extension,
                           fmt::format("the script requires {}, which the server does not have; it was not sent", names));
  return PutOutcome{PutOutcome::Kind::refused, {}, {}, at_script(std::move(error), name), {}};
}

// Of large ones: what a server says to a script that is too large by itself may be anything, and small ones need no round trip for it.
Task<Result<>> SieveSession::ask_for_space(std::vector<Draft>& drafts) {
  for (Draft& draft : drafts) {
    if (!draft.is_to_be_stored || draft.resource->bytes.size() <= large_script) continue;
    auto answer = co_await client_->have_space(draft.name, draft.resource->bytes.size());
    if (answer || (answer.error().kind != ErrorKind::quota && answer.error().kind != ErrorKind::too_big)) {
      if (!answer && ends_session(answer.error())) co_return answer;
      continue;
    }
    draft.is_to_be_stored = false;
    draft.outcome = {PutOutcome::Kind::refused, {}, {}, at_script(std::move(answer).error(), draft.name), {}};
  }
  co_return Result<>{};
}

Task<Result<>> SieveSession::store(std::vector<Draft>& drafts) {
  std::vector<Draft*> chosen;
  std::vector<sieve::NamedScript> named;
  for (Draft& draft : drafts) {
    if (!draft.is_to_be_stored) continue;
    chosen.push_back(&draft);
    named.push_back({draft.name, draft.resource->bytes});
  }
  std::vector<Draft*> ordered;
  std::vector<sieve::Client::NamedText> texts;
  for (const std::size_t place : sieve::order_by_includes(named)) {
    ordered.push_back(chosen[place]);
    texts.push_back({chosen[place]->name, chosen[place]->resource->bytes});
  }
  GODWIT_CO_TRY(auto answers, co_await client_->put_scripts(texts));
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    PutOutcome& outcome = ordered[i]->outcome;
    ordered[i]->is_stored = answers[i].has_value();
    if (answers[i]) {
      outcome = {PutOutcome::Kind::stored, ordered[i]->name, {}, {}, {}};
      const bool is_renamed = ordered[i]->resource->name.empty() && ordered[i]->name != ordered[i]->resource->uid;
      if (is_renamed) {
        outcome.warning = fmt::format("the script is called {} here; where another one includes it, that name has to stand",
                                      printable(ordered[i]->name));
      }
      if (!answers[i]->warnings.empty()) outcome.warning = "the server warns: " + printable(answers[i]->warnings);
    } else {
      outcome = {PutOutcome::Kind::refused, {}, {}, at_script(std::move(answers[i]).error(), ordered[i]->name), {}};
    }
  }
  co_return Result<>{};
}

Task<Result<>> SieveSession::read_back(std::vector<Draft>& drafts) {
  std::vector<std::string> names;
  for (const Draft& draft : drafts) {
    if (draft.is_stored) names.push_back(draft.name);
  }
  GODWIT_CO_TRY(const auto texts, co_await read(std::move(names)));
  for (Draft& draft : drafts) {
    const auto found = texts.find(draft.name);
    if (draft.is_stored && found != texts.end() && found->second) draft.outcome.version = version_of(*found->second);
  }
  co_return Result<>{};
}

// As the batch says of its own scripts; a script that somebody else made active gives way to the one that is to be.
Task<Result<>> SieveSession::mark_active(std::vector<Draft>& drafts, const StoredScripts& before) {
  const auto active = std::ranges::find_if(before, [](const auto& each) { return each.second.is_active; });
  const bool had_active = active != before.end();
  const std::string_view old_name = had_active ? std::string_view(active->first) : std::string_view();
  Draft* chosen = nullptr;
  bool is_given_up = false;
  for (Draft& draft : drafts) {
    const bool was_there = draft.outcome.kind == PutOutcome::Kind::exists && draft.outcome.version == version_of(draft.resource->bytes);
    if (draft.resource->is_active && (draft.is_stored || (was_there && !had_active))) chosen = &draft;
    if (!draft.resource->is_active && draft.is_stored && had_active && draft.name == old_name) is_given_up = true;
  }
  const bool changes = chosen == nullptr ? is_given_up : chosen->name != old_name;
  if (!changes) co_return Result<>{};
  auto done = co_await client_->set_active(chosen == nullptr ? std::string_view("") : std::string_view(chosen->name));
  if (!done && (chosen == nullptr || ends_session(done.error()))) co_return done;
  if (!done) {
    Error error = at_script(std::move(done).error(), chosen->name);
    error.what = "the script was stored, but it cannot be made the active one: " + error.what;
    chosen->outcome = {PutOutcome::Kind::refused, chosen->name, {}, std::move(error), {}};
  } else if (chosen != nullptr && had_active && chosen->outcome.warning.empty()) {
    chosen->outcome.warning = fmt::format("it is the active script now; before, {} was", printable(old_name));
  }
  co_return Result<>{};
}

Task<Result<std::vector<PutOutcome>>> SieveSession::put(const endpoint::Collection& collection,
                                                        std::span<const endpoint::NewResource> resources) {
  GODWIT_CO_CHECK(placed(check_filters(collection)));
  GODWIT_CO_TRY(StoredScripts there, placed(co_await read_all()));
  const StoredScripts before = there;
  std::vector<Draft> drafts;
  for (const endpoint::NewResource& resource : resources) {
    Draft draft{&resource, resource.name.empty() ? script_name_of(resource.uid, names_) : resource.name};
    auto obstacle = obstacle_to(resource, draft.name, there);
    draft.is_to_be_stored = !obstacle;
    if (obstacle) draft.outcome = *std::move(obstacle);
    else there[draft.name].text = resource.bytes;  // another one of that name exists now
    drafts.push_back(std::move(draft));
  }
  GODWIT_CO_CHECK(placed(co_await ask_for_space(drafts)));
  GODWIT_CO_CHECK(placed(co_await store(drafts)));
  GODWIT_CO_CHECK(placed(co_await read_back(drafts)));
  GODWIT_CO_CHECK(placed(co_await mark_active(drafts, before)));
  std::vector<PutOutcome> outcomes;
  for (Draft& draft : drafts) outcomes.push_back(std::move(draft.outcome));
  co_return outcomes;
}

// The active one cannot be removed (RFC 5804 section 2.10): then none is active any more.
Task<Result<std::vector<Result<>>>> SieveSession::remove(const endpoint::Collection& collection,
                                                         std::span<const endpoint::Resource> resources) {
  GODWIT_CO_CHECK(placed(check_filters(collection)));
  GODWIT_CO_TRY(const auto there, placed(co_await read_all()));
  std::vector<Result<>> done(resources.size());
  std::vector<std::string> names;
  std::vector<std::size_t> places;
  bool is_active = false;
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const auto found = there.find(resources[i].name);
    if (found == there.end()) continue;
    if (!resources[i].version.empty() && found->second.version() != resources[i].version) {
      Error error = make_error(codes::item_conflict, "the script was changed on the target since; it stays");
      done[i] = std::unexpected(at_script(std::move(error), resources[i].name));
      continue;
    }
    is_active = is_active || found->second.is_active;
    names.push_back(resources[i].name);
    places.push_back(i);
  }
  if (is_active) GODWIT_CO_CHECK(placed(co_await client_->set_active("")));
  GODWIT_CO_TRY(auto answers, placed(co_await client_->delete_scripts(names)));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_gone = answers[i] || answers[i].error().kind == ErrorKind::not_found;
    if (!is_gone) done[places[i]] = std::unexpected(at_script(std::move(answers[i]).error(), names[i]));
  }
  co_return done;
}

}  // namespace godwit::adapters
