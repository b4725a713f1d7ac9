// SPDX-License-Identifier: Apache-2.0
// Content lines as they are written, and values as they are escaped.
#include "groupware/content_lines.h"

namespace godwit::groupware {
namespace {

constexpr std::size_t longest_line = 75;  // bytes without its end, RFC 5545 section 3.1

std::string parameter_text(std::string_view value, bool has_caret_encoding) {
  std::string text;
  for (const char c : value) {
    if (c == '\n' || c == '"' || c == '^') {
      if (has_caret_encoding) {
        text += c == '\n' ? "^n" : c == '"' ? "^'" : "^^";
      } else {
        text += c == '^' ? '^' : c == '"' ? '\'' : ' ';
      }
    } else if (c != '\r') {
      text += c;
    }
  }
  return text.find_first_of(":;,") == std::string::npos ? text : '"' + text + '"';
}

std::string folded(std::string_view line) {
  std::string text;
  std::size_t room = longest_line;
  while (line.size() > room) {
    std::size_t take = room;
    while (take > 1 && (static_cast<unsigned char>(line[take]) & 0xC0U) == 0x80) --take;
    text.append(line.substr(0, take)).append("\r\n ");
    line.remove_prefix(take);
    room = longest_line - 1;
  }
  return text.append(line).append("\r\n");
}

}  // namespace

std::string written(const Property& property, bool has_caret_encoding) {
  std::string line = property.group.empty() ? property.name : property.group + '.' + property.name;
  for (const Parameter& parameter : property.parameters) {
    line += ';';
    if (!parameter.name.empty()) line += parameter.name + '=';
    for (std::size_t i = 0; i < parameter.values.size(); ++i) {
      if (i > 0) line += ',';
      line += parameter_text(parameter.values[i], has_caret_encoding);
    }
  }
  return folded(line + ':' + property.value);
}

std::string written(const Component& component, bool has_caret_encoding) {
  std::string text = "BEGIN:" + component.name + "\r\n";
  for (const Property& property : component.properties) text += written(property, has_caret_encoding);
  for (const Component& inner : component.components) text += written(inner, has_caret_encoding);
  return text + "END:" + component.name + "\r\n";
}

std::string unescaped(std::string_view value) {
  std::string text;
  text.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      text += value[i];
      continue;
    }
    const char c = value[++i];
    if (c == 'n' || c == 'N') {
      text += '\n';
    } else {
      if (c != '\\' && c != ',' && c != ';' && c != ':' && c != '"') text += '\\';  // no escape at all
      text += c;
    }
  }
  return text;
}

std::string escaped(std::string_view text) {
  std::string value;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') {
      value += "\\n";
      continue;
    }
    if (c == '\\' || c == ',' || c == ';') value += '\\';
    value += c;
  }
  return value;
}

std::vector<std::string> split_value(std::string_view value, char separator) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == separator) {
      parts.emplace_back();
      continue;
    }
    parts.back() += value[i];
    if (value[i] == '\\' && i + 1 < value.size()) parts.back() += value[++i];
  }
  return parts;
}

}  // namespace godwit::groupware
