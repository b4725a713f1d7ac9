// SPDX-License-Identifier: Apache-2.0
// One server of a plan that is made. Only for godwit init.
#pragma once

#include <functional>
#include <string>

#include "cli/init.h"
#include "cli/questions.h"
#include "plan/plan_template.h"

namespace godwit::cli {

// `side`: "source" or "target". `note` is told what a look at the server has found, where it is not `no_probe`.
[[nodiscard]] Result<plan::EndpointAnswers> ask_endpoint(const std::string& side, InitOptions::Endpoint given, bool no_probe,
                                                         const Questions& questions, const Wiring& wiring,
                                                         const std::function<void(const std::string&)>& note);

// What parse_plan() says of a plan with this source; empty when it is right.
[[nodiscard]] std::string fault_of(const plan::EndpointAnswers& answers);

}  // namespace godwit::cli
