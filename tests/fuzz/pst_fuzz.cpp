// SPDX-License-Identifier: Apache-2.0
// What godwit reads of its helper godwit-pst: answers that are read come back from their own bytes, however they are cut; and RTF.
#include <cstdint>
#include <cstdlib>

#include "pst/answers.h"
#include "pst/header_fields.h"
#include "pst/rtf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace godwit::pst;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  AnswerReader whole, cut;
  whole.add(bytes);
  std::size_t fed = 0;
  while (true) {
    const auto answer = whole.next();
    if (!answer || !*answer) break;
    auto again = cut.next();
    while (again && !*again && fed < size) {
      cut.add(bytes.substr(fed++, 1));
      again = cut.next();
    }
    if (!again || *again != *answer) std::abort();
    AnswerReader own;
    own.add(encode(**answer));
    const auto back = own.next();
    if (!back || *back != *answer) std::abort();
  }
  static_cast<void>(header_fields(bytes));
  const auto text = unwrap_rtf("{\\rtf1\\fromhtml1" + std::string(bytes));
  if (text && text->text.size() > 8 * (size + 32) + 1024) std::abort();
  return 0;
}
