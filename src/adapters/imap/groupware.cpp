// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/groupware.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace godwit::adapters {
namespace {

constexpr std::array servers{"exchange", "microsoft", "outlook", "domino", "icewarp", "kerio", "zimbra", "groupwise", "mdaemon",
                             "smartermail", "gromox"};
// Those of Exchange in its languages first; upper and lower case count outside ASCII only.
constexpr std::array<std::string_view, 63> names{
    "Calendar", "Contacts", "Tasks", "Notes", "Journal", "RSS Feeds", "RSS Subscriptions", "Sync Issues", "Conversation History",
    "Suggested Contacts", "Quick Step Settings", "Emailed Contacts", "Files", "Birthdays",
    "Kalender", "Kontakte", "Aufgaben", "Notizen", "RSS-Feeds", "Synchronisierungsprobleme", "Aufgezeichnete Unterhaltungen",
    "Vorgeschlagene Kontakte", "QuickSteps-Einstellungen", "Geburtstage",
    "Calendrier", "Tâches", "Flux RSS", "Problèmes de synchronisation", "Historique des conversations", "Contacts suggérés",
    "Calendario", "Contactos", "Tareas", "Notas", "Diario", "Fuentes RSS", "Problemas de sincronización", "Historial de conversaciones",
    "Contatti", "Attività", "Note", "Feed RSS", "Problemi di sincronizzazione", "Cronologia conversazioni",
    "Agenda", "Contactpersonen", "Taken", "Notities", "Logboek", "RSS-feeds", "Synchronisatieproblemen", "Gespreksgeschiedenis",
    "Calendário", "Contatos", "Tarefas", "Anotações", "Kontakter", "Uppgifter", "Anteckningar", "Kalendarz", "Kontakty", "Zadania",
    "Notatki"};

}  // namespace

bool shows_groupware(std::string_view software) {
  const std::string name = to_lower(software);
  return std::ranges::any_of(servers, [&](const char* server) { return name.contains(server); });
}

bool has_groupware_name(const endpoint::FolderPath& path) {
  const std::size_t first = path.segments.size() > 1 && path.segments.front() == "INBOX" ? 1 : 0;
  return first < path.segments.size() &&
         std::ranges::any_of(names, [&](std::string_view name) { return equals_ignoring_case(path.segments[first], name); });
}

}  // namespace godwit::adapters
