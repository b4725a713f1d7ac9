// SPDX-License-Identifier: Apache-2.0
// Drives the sessions of adapters/sieve against real servers: orders come as JSON lines, each is answered by one line.
//
//   filters_driver sieve://alice@127.0.0.1:4190 --plain|FINGERPRINT [AUTHORIZATION]     the password is in GODWIT_PASSWORD
//   filters_driver sievedir:/home/alice                                                 a folder, to be read only
//
//   {"do": "list", "since": ""} · {"do": "fetch", "names": […]} · {"do": "put", "scripts": [{"uid", "name", "version", "text", "active"}]}
//   {"do": "remove", "scripts": [{"name", "version"}]} · {"do": "facts"}
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "adapters/sieve/account.h"
#include "adapters/sieve/scripts.h"
#include "base/text.h"

namespace {

using namespace godwit;
using nlohmann::json;

json told(const Error& error) { return {{"error", describe(error)}, {"code", error.code}, {"kind", name_of(error.kind)}, {"server", error.server_text}}; }

template <class T, class Tell>
json told(const Result<T>& result, Tell tell) {
  return result ? tell(*result) : told(result.error());
}
template <class T, class Tell>
json list_of(const std::vector<T>& all, Tell tell) {
  json lines = json::array();
  for (const T& each : all) lines.push_back(tell(each));
  return lines;
}

json told_changes(const endpoint::ResourceChanges& changes) {
  const auto present = list_of(changes.present, [](const endpoint::Resource& each) {
    return json{{"name", each.name}, {"version", each.version}, {"active", each.is_active}, {"size", each.size}};
  });
  return {{"present", present}, {"whole", changes.is_whole}, {"state", changes.state}};
}

json told_outcome(const endpoint::PutOutcome& outcome) {
  constexpr std::array kinds{"stored", "exists", "changed", "refused"};
  json line{{"kind", kinds[static_cast<std::size_t>(outcome.kind)]}, {"name", outcome.name}, {"version", outcome.version}, {"warning", outcome.warning}};
  if (outcome.kind == endpoint::PutOutcome::Kind::refused) line.update(told(outcome.error));
  return line;
}

Task<json> read(endpoint::CollectionSession& session, json order) {
  const auto filters = adapters::filters_collection(true);
  if (order["do"] == "list") co_return told(co_await session.changes(filters, order["since"]), told_changes);
  if (order["do"] == "facts") {
    co_return told(co_await session.facts(), [&](const endpoint::ServerFacts& facts) {
      return json{{"software", facts.software}, {"version", facts.version}, {"capabilities", facts.capabilities}, {"tls", facts.tls_version},
                  {"warnings", session.traits().warnings}};
    });
  }
  const auto names = order["names"].get<std::vector<std::string>>();
  co_return told(co_await session.fetch(filters, names), [](const auto& all) {
    return list_of(all, [](const Result<endpoint::ResourceContent>& one) {
      return told(one, [](const auto& content) { return json{{"name", content.name}, {"text", content.bytes}, {"active", content.is_active}}; });
    });
  });
}

Task<json> change(endpoint::CollectionTargetSession& session, json order) {
  const auto filters = adapters::filters_collection(true);
  if (order["do"] == "remove") {
    std::vector<endpoint::Resource> doomed;
    for (const json& each : order["scripts"]) doomed.push_back({.name = each["name"], .version = each.value("version", "")});
    co_return told(co_await session.remove(filters, doomed), [](const auto& all) {
      return list_of(all, [](const Result<>& one) { return one ? json{{"done", true}} : told(one.error()); });
    });
  }
  std::vector<std::string> texts;
  std::vector<endpoint::NewResource> resources;
  texts.reserve(order["scripts"].size());
  for (const json& each : order["scripts"]) {
    texts.push_back(each["text"]);
    resources.push_back({each["uid"], each.value("name", ""), each.value("version", ""), texts.back(), each.value("active", false)});
  }
  co_return told(co_await session.put(filters, resources), [](const auto& all) { return list_of(all, told_outcome); });
}

void print(const json& line) { std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl; }

template <class Connected, class Answer>
Task<> serve(Result<Connected> session, Answer answer) {
  print(session ? json{{"server", (*session)->traits().server}} : told(session.error()));
  if (!session) co_return;
  for (std::string line; std::getline(std::cin, line);) print(co_await answer(**session, json::parse(line)));
}

Task<> run_folder(std::string path) {
  const auto source = adapters::make_sieve_folder_source(path);
  co_await serve(co_await source->connect(), read);
}

Task<> run_server(adapters::SieveSettings settings) {
  const auto target = adapters::make_sieve_target(std::move(settings));
  co_await serve(co_await target->connect(), [](endpoint::CollectionTargetSession& session, json order) -> Task<json> {
    const bool changes = order["do"] == "put" || order["do"] == "remove";
    if (changes) co_return co_await change(session, std::move(order));
    co_return co_await read(session, std::move(order));
  });
}

}  // namespace

int main(int count, char** arguments) {
  const std::string place = count > 1 ? arguments[1] : "", trust = count > 2 ? arguments[2] : "--plain";
  boost::asio::io_context context(1);
  const auto rethrow = [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  };
  if (place.starts_with("sievedir:")) {
    boost::asio::co_spawn(context, run_folder(place.substr(9)), rethrow);
  } else {
    adapters::SieveSettings settings;
    settings.url = *endpoint::parse_server_url(place, adapters::sieve_url_form);
    settings.password = Secret(std::getenv("GODWIT_PASSWORD"));
    settings.plain_ok = trust == "--plain";
    if (!settings.plain_ok) settings.trust = {net::Trust::Mode::fingerprint, from_hex(trust).value()};
    if (count > 3) {
      settings.authorization = settings.url.user;
      settings.login_name = arguments[3];
    }
    boost::asio::co_spawn(context, run_server(std::move(settings)), rethrow);
  }
  context.run();
  return 0;
}
