// SPDX-License-Identifier: Apache-2.0
#include "pst/folder_roles.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace godwit::pst {
namespace {

struct Name {
  std::string_view name;
  FolderRole role;
};

using enum FolderRole;
constexpr auto names = std::to_array<Name>({
    // English
    {"Inbox", inbox}, {"Sent Items", sent}, {"Sent Mail", sent}, {"Deleted Items", trash}, {"Drafts", drafts}, {"Outbox", outbox},
    {"Junk E-mail", junk}, {"Junk Email", junk}, {"Spam", junk},
    // German
    {"Posteingang", inbox}, {"Gesendete Elemente", sent}, {"Gesendete Objekte", sent}, {"Gelöschte Elemente", trash},
    {"Gelöschte Objekte", trash}, {"Entwürfe", drafts}, {"Postausgang", outbox}, {"Junk-E-Mail", junk},
    // French
    {"Boîte de réception", inbox}, {"Éléments envoyés", sent}, {"Éléments supprimés", trash}, {"Brouillons", drafts},
    {"Boîte d'envoi", outbox}, {"Courrier indésirable", junk},
    // Spanish
    {"Bandeja de entrada", inbox}, {"Elementos enviados", sent}, {"Elementos eliminados", trash}, {"Borradores", drafts},
    {"Bandeja de salida", outbox}, {"Correo no deseado", junk}, {"Correo electrónico no deseado", junk},
    // Italian
    {"Posta in arrivo", inbox}, {"Posta inviata", sent}, {"Posta eliminata", trash}, {"Bozze", drafts}, {"Posta in uscita", outbox},
    {"Posta indesiderata", junk},
    // Portuguese
    {"Caixa de Entrada", inbox}, {"A Receber", inbox}, {"Itens Enviados", sent}, {"Itens Excluídos", trash}, {"Itens Eliminados", trash},
    {"Rascunhos", drafts}, {"Caixa de Saída", outbox}, {"A Enviar", outbox}, {"Lixo Eletrônico", junk}, {"Lixo Eletrónico", junk},
    // Dutch
    {"Postvak IN", inbox}, {"Verzonden items", sent}, {"Verwijderde items", trash}, {"Concepten", drafts}, {"Postvak UIT", outbox},
    {"Ongewenste e-mail", junk},
    // Danish, Norwegian, Swedish, Finnish
    {"Indbakke", inbox}, {"Sendt post", sent}, {"Slettet post", trash}, {"Kladder", drafts}, {"Udbakke", outbox}, {"Uønsket mail", junk},
    {"Innboks", inbox}, {"Sendte elementer", sent}, {"Slettede elementer", trash}, {"Kladd", drafts}, {"Utboks", outbox},
    {"Søppelpost", junk}, {"Inkorgen", inbox}, {"Inkorg", inbox}, {"Skickat", sent}, {"Borttaget", trash}, {"Utkast", drafts},
    {"Utkorgen", outbox}, {"Skräppost", junk}, {"Saapuneet", inbox}, {"Lähetetyt", sent}, {"Poistetut", trash}, {"Luonnokset", drafts},
    {"Lähtevät", outbox}, {"Roskaposti", junk},
    // Polish, Czech, Hungarian
    {"Skrzynka odbiorcza", inbox}, {"Elementy wysłane", sent}, {"Elementy usunięte", trash}, {"Wersje robocze", drafts},
    {"Skrzynka nadawcza", outbox}, {"Wiadomości-śmieci", junk}, {"Doručená pošta", inbox}, {"Odeslaná pošta", sent},
    {"Odstraněná pošta", trash}, {"Koncepty", drafts}, {"Pošta k odeslání", outbox}, {"Nevyžádaná pošta", junk},
    {"Beérkezett üzenetek", inbox}, {"Elküldött elemek", sent}, {"Törölt elemek", trash}, {"Piszkozatok", drafts},
    {"Postázandó üzenetek", outbox}, {"Levélszemét", junk},
    // Russian, Turkish
    {"Входящие", inbox}, {"Отправленные", sent}, {"Удаленные", trash}, {"Черновики", drafts}, {"Исходящие", outbox},
    {"Нежелательная почта", junk}, {"Gelen Kutusu", inbox}, {"Gönderilmiş Öğeler", sent}, {"Silinmiş Öğeler", trash},
    {"Taslaklar", drafts}, {"Giden Kutusu", outbox}, {"Önemsiz E-posta", junk},
    // Japanese, Chinese, Korean
    {"受信トレイ", inbox}, {"送信済みアイテム", sent}, {"削除済みアイテム", trash}, {"下書き", drafts}, {"送信トレイ", outbox},
    {"迷惑メール", junk}, {"收件箱", inbox}, {"已发送邮件", sent}, {"已删除邮件", trash}, {"草稿", drafts}, {"发件箱", outbox},
    {"垃圾邮件", junk}, {"받은 편지함", inbox}, {"보낸 편지함", sent}, {"지운 편지함", trash}, {"임시 보관함", drafts},
    {"보낼 편지함", outbox}, {"정크 메일", junk},
});

}  // namespace

FolderRole role_of_name(std::string_view name) {
  const auto found = std::ranges::find_if(names, [&](const Name& known) { return equals_ignoring_case(known.name, name); });
  return found == names.end() ? none : found->role;
}

}  // namespace godwit::pst
