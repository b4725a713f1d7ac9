// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "report/html_text.h"
#include "report/measures.h"
#include "report/page_sections.h"

namespace godwit::report {
namespace {

std::string_view class_of(const ProblemCause& cause) {
  return cause.ends_rounds ? "is-failed" : needs_decision(cause) ? "is-decision" : "settled";
}

std::string state_of(const ProblemCause& cause) {
  if (cause.ends_rounds) return badge("is-failed", "stopped their rounds");
  if (needs_decision(cause)) return badge("is-decision", "needs a decision");
  return cause.is_accepted ? badge("is-done", "accepted") : badge("is-waiting", "for your information");
}

std::string reason_of(const ProblemExample& example) {
  std::string reason = isolated_html(example.reason);
  if (!example.server_text.empty()) {
    reason += fmt::format(R"(<span class="small">the server: <q>{}</q></span>)", isolated_html(example.server_text));
  }
  return reason;
}

// Of an error that ended a round: it is about no message.
std::string error_row(const ProblemExample& example) {
  return fmt::format(R"(<tr><th scope="row">{}</th><td>{}</td></tr>)", isolated_html(example.person), reason_of(example)) + '\n';
}

std::string example_row(const ProblemExample& example) {
  std::string place = isolated_html(example.folder);
  if (example.uid != 0) place += fmt::format(R"(<span class="small">UID {}</span>)", example.uid);
  std::string message = isolated_html(example.subject.empty() ? "(no subject)" : example.subject);
  for (const std::string& line : {example.from, example.date}) {
    if (!line.empty()) message += fmt::format(R"(<span class="small">{}</span>)", isolated_html(line));
  }
  return fmt::format(R"(<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td class="number">{}</td><td>{}</td></tr>)",
                     isolated_html(example.person), place, message, format_bytes(example.size), reason_of(example)) +
         '\n';
}

void write_errors(const ProblemCause& cause, std::ostream& out) {
  const std::size_t shown = std::min(cause.examples.size(), examples_shown);
  out << "<details open><summary>Who</summary>\n"
      << R"(<div class="wide"><table class="errors"><caption>)" << fmt::format("{} of {}", shown, counted(cause.people, "person", "people"))
      << R"(</caption><thead><tr><th scope="col">Person</th><th scope="col">Reason</th></tr></thead><tbody>)" << '\n';
  for (std::size_t i = 0; i < shown; ++i) out << error_row(cause.examples[i]);
  out << "</tbody></table></div></details>\n";
}

void write_examples(const ProblemCause& cause, std::ostream& out) {
  if (cause.examples.empty()) return;
  if (cause.ends_rounds) return write_errors(cause, out);
  const std::size_t shown = std::min(cause.examples.size(), examples_shown);
  const std::string caption = cause.count > shown ? fmt::format("{} of {}", shown, counted(cause.count, "item")) : counted(shown, "item");
  out << "<details" << (needs_decision(cause) ? " open" : "") << "><summary>Examples</summary>\n"
      << R"(<div class="wide"><table class="examples"><caption>)" << caption << R"(</caption><thead><tr><th scope="col">Person</th>)"
      << R"(<th scope="col">Folder</th><th scope="col">Message</th><th scope="col" class="number">Size</th>)"
      << R"(<th scope="col">Reason</th></tr></thead><tbody>)" << '\n';
  for (std::size_t i = 0; i < shown; ++i) out << example_row(cause.examples[i]);
  out << "</tbody></table></div></details>\n";
}

}  // namespace

void write_problems(const OrganisationSummary& summary, std::ostream& out) {
  if (summary.problems.empty()) return;
  out << "<section><h2>Problems by cause</h2>\n";
  for (const ProblemCause* cause : summary.problems) {
    const Advice advice = advice_on(*cause);
    out << fmt::format(R"(<article class="{}"><div class="title"><h3>{}</h3>{}<span class="muted">{}; {}</span></div><p>{}</p>)",
                       class_of(*cause), html_text(advice.title), state_of(*cause), extent_of(*cause), isolated_html(kind_and_code(*cause)),
                       html_text(advice.action))
        << '\n';
    write_examples(*cause, out);
    out << "</article>\n";
  }
  out << "</section>\n";
}

}  // namespace godwit::report
