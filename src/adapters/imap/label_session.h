// SPDX-License-Identifier: Apache-2.0
// A session of an account with labels (Gmail's X-GM-EXT-1) in which each message is found once, in the folder of one of its labels, and
// is read once. All sessions of a source share what folders() saw last.
#pragma once

#include <memory>

#include "adapters/imap/body_store.h"
#include "adapters/imap/label_snapshot.h"
#include "adapters/imap/session.h"

namespace godwit::adapters {

struct LabelCatalogue {
  endpoint::LabelRules rules;
  std::shared_ptr<LabelSnapshot> snapshot = nullptr;  // nothing before the first folders()
  std::shared_ptr<BodyStore> store = std::make_shared<BodyStore>();
};

// Whether the server has labels, and the rules want to hear of them.
[[nodiscard]] bool shows_labels(ImapSession& session, const endpoint::LabelRules& rules);

[[nodiscard]] std::unique_ptr<endpoint::Session> make_label_session(std::unique_ptr<ImapSession> inner,
                                                                    std::shared_ptr<LabelCatalogue> catalogue);

}  // namespace godwit::adapters
