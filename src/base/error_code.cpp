// SPDX-License-Identifier: Apache-2.0
#include "base/error_code.h"

#include <fmt/format.h>

#include <array>

#include "base/error_code_filters.h"

namespace godwit {
namespace {

constexpr std::array table{
    ErrorCodeEntry{codes::usage, "wrong usage", "The command line or a file given on it cannot be used as it is.",
                   "Read the message: it names what is wrong. godwit COMMAND --help lists what each option takes."},
    ErrorCodeEntry{codes::account_url, "no account URL", "A URL on the command line does not name an account.",
                   "Write imaps://user@host:port, or imap://user@host:port for STARTTLS; the last @ separates user and host."},
    ErrorCodeEntry{codes::password_in_url, "password in a URL",
                   "A URL holds a password. Everybody on the machine can read command lines.",
                   "Give a password file, or the environment variable. Write %3A for a colon in the user's name. Change the password if "
                   "others may have seen it."},
    ErrorCodeEntry{codes::fingerprint_form, "no fingerprint", "What is to be trusted is not a SHA-256 fingerprint.",
                   "Give 64 hexadecimal digits, colons allowed: openssl x509 -noout -fingerprint -sha256 shows them."},
    ErrorCodeEntry{codes::password_file, "password file", "The password file cannot be read, or its first line is empty.",
                   "Check its name, owner and mode. Its first line is the password."},
    ErrorCodeEntry{codes::password_missing, "no password", "No password was given, and there is no terminal to ask for it.",
                   "Give a file, set the environment variable that the message names, or run on a terminal."},
    ErrorCodeEntry{codes::credentials_form, "user name or password cannot be sent",
                   "The user name or the password is empty, or holds a NUL byte.",
                   "Check the URL and the password file; a file in UTF-16 has such bytes."},
    ErrorCodeEntry{codes::token_file, "token file", "The file with the access token cannot be read, or its first line is empty.",
                   "Check its name, owner and mode, and the program that writes it. Its first line is the token."},
    ErrorCodeEntry{codes::rule_form, "rule not understood", "A rule (folder pattern, rename, date, size, order) cannot be read.",
                   "The message quotes the rule and says what is expected there."},
    ErrorCodeEntry{codes::repair_rule_unknown, "unknown repair rule", "--repair names a rule that does not exist.",
                   "The message lists the rules."},
    ErrorCodeEntry{codes::account_not_in_ledger, "account not in the ledger",
                   "The ledger has no account with these two URLs.",
                   "Give the URLs exactly as for godwit copy, with user, host and port, and the same ledger."},
    ErrorCodeEntry{codes::account_not_named, "account not named",
                   "The ledger has several accounts or none, and it was not said which is meant.",
                   "Give the URLs of one account; the message names those on record."},
    ErrorCodeEntry{codes::options_do_not_fit, "options do not fit together", "Two options exclude each other, or one needs another.",
                   "The message says which belong together."},
    ErrorCodeEntry{codes::manifest_of_other_key, "signed with another key", "The manifest was not signed with the key that was given.",
                   "Get the public key from whoever made the manifest, by another way than the manifest itself."},
    ErrorCodeEntry{codes::no_manifest, "no manifest", "The file is not a manifest, or not one that this version reads.",
                   "Check the name of the file; get it again from where it was made."},
    ErrorCodeEntry{codes::key_file, "key file", "A signing key or a public key cannot be read or does not have the right form.",
                   "Check the name, owner and mode. A lost signing key cannot be made again: name a new file to make another one."},
    ErrorCodeEntry{codes::plan_is_there, "plan is there already", "godwit init never overwrites a plan.",
                   "Give another name with --plan, or move the old plan away."},
    ErrorCodeEntry{codes::answer_missing, "answer missing", "godwit init does not know something that every plan needs.",
                   "Give the option that the message names, or run godwit init on a terminal, where it asks."},
    ErrorCodeEntry{codes::client_certificate, "client certificate",
                   "The certificate or the key that is to be shown to a server cannot be read.",
                   "Both are files in PEM form, the key without a passphrase and for its owner only: chmod 600. The message names the "
                   "file."},
    ErrorCodeEntry{codes::client_certificate_date, "client certificate out of date",
                   "The certificate that is to be shown to a server has expired, or is not valid yet.",
                   "Get a new one from whoever issued it. Check this machine's clock."},
    ErrorCodeEntry{codes::client_certificate_key, "key of another certificate", "The key does not belong to the client certificate.",
                   "Give the two that were made together; in a file with several certificates the client's own stands first."},
    ErrorCodeEntry{codes::proxy_form, "proxy's address", "What is to be the proxy cannot be used as one.",
                   "Write socks5://user@host:port or http://user@host:port; the password stands in a file or a variable."},
    ErrorCodeEntry{codes::authorities_file, "file of authorities", "The file with the authorities of a server cannot be read.",
                   "Check its name and mode. It holds certificates in PEM: -----BEGIN CERTIFICATE-----."},
    ErrorCodeEntry{codes::stopped, "stopped", "The run was stopped, or a part of it because another part had failed.",
                   "What was moved is on record. Run the same command again to go on."},

    ErrorCodeEntry{codes::auth, "login refused", "The server does not let this account in.",
                   "Check the name and the password by logging in with a mail program."},
    ErrorCodeEntry{codes::login_refused, "name or password wrong",
                   "The server refused the login. Many servers say the same when IMAP is switched off for the account.",
                   "Check the name and the password; whether IMAP is allowed for the account; whether the provider wants an app "
                   "password."},
    ErrorCodeEntry{codes::login_unsupported, "no common way to log in",
                   "The server offers no way to log in that may be used here, or not the one that is named.",
                   "Use imaps:// or STARTTLS: many servers offer passwords on encrypted lines only. Where mechanism or admin_command names "
                   "a way, name one that the message lists, or none."},
    ErrorCodeEntry{codes::login_not_authorized, "not authorized", "The password is right, but the account may not be opened with it.",
                   "Give the account the right to log in by IMAP, or the administrator the right to open it."},
    ErrorCodeEntry{codes::password_expired, "password expired", "The server wants a new password before it lets anybody in.",
                   "Set a new password on that server and put it into the password file."},
    ErrorCodeEntry{codes::login_needs_encryption, "login needs encryption", "The server takes no password on an unencrypted line.",
                   "Use imaps://, or imap:// without --plain-ok."},
    ErrorCodeEntry{codes::login_needs_administrator, "the server's administrator must help",
                   "The server refuses the login for a reason that only its administrator can remove.",
                   "Show the server's words to its administrator."},
    ErrorCodeEntry{codes::login_not_connected, "logged in, but not connected",
                   "Exchange took the login and then has no mailbox for it: a wrong password, missing rights, or a session limit.",
                   "Check the password, that the mailbox exists, that IMAP is on for it, and wait if many sessions are open."},
    ErrorCodeEntry{codes::login_challenge, "login exchange broken", "The server said something in the exchange of the login that no server may say.",
                   "Use another mechanism, and show the trace of the protocol to its administrator."},
    ErrorCodeEntry{codes::login_server_unproven, "server not proven",
                   "The login seemed to go well, but the server could not prove that it knows the password: somebody may stand in between.",
                   "Check the host name and its certificate before anything else."},
    ErrorCodeEntry{codes::login_locked, "account locked", "The server has locked the account, for good or for a time, or switched it off.",
                   "Have it unlocked on that server; some unlock by themselves after a while. Before that, correct the password: wrong "
                   "ones lock accounts."},
    ErrorCodeEntry{codes::login_password_barred, "usual password not taken",
                   "The provider takes no passwords over IMAP, or only ones made for mail programs.",
                   "Make an app password in the account's settings. Or log in with a token: mechanism XOAUTH2 or OAUTHBEARER; Microsoft 365 "
                   "takes nothing else."},
    ErrorCodeEntry{codes::login_imap_off, "IMAP switched off", "The account may not be used by IMAP.",
                   "Switch IMAP on in the account's settings, or have its administrator do so."},
    ErrorCodeEntry{codes::login_worked_before, "password works no more",
                   "The server refuses a login that it took in the last round over this account.",
                   "Ask for the new password and put it where the old one is; the message says until when the old one worked. If nobody "
                   "changed it, the account was locked or closed."},
    ErrorCodeEntry{codes::login_not_tried_again, "login not tried again",
                   "The server has refused this name and password for several accounts in a row; more refusals could lock it.",
                   "Correct the password or the right of the administrator who logs in, and run the same command again."},
    ErrorCodeEntry{codes::login_elsewhere, "the account is on another server",
                   "The server sends this account to another one; the message names it.",
                   "Give the server that it names in the account's URL, or as the host in the plan."},
    ErrorCodeEntry{codes::login_not_possible_now, "logins not possible now",
                   "The server cannot look at passwords: what it asks about them is down, or too busy.",
                   "godwit tries again. Look at the server's log if it goes on."},
    ErrorCodeEntry{codes::token_client, "token server refuses godwit",
                   "The token server does not give tokens to this application: its id, secret, certificate, scope or rights are wrong.",
                   "The message has the server's reason. Compare client_id, tenant, scope and the secret with the registration; "
                   "docs/tokens.md has the steps."},
    ErrorCodeEntry{codes::token_consent, "consent is gone",
                   "The permission to read this mailbox was withdrawn, has expired, or was never given to this account.",
                   "For a person: godwit login ACCOUNT again. For a whole tenant or domain: let its administrator consent again."},
    ErrorCodeEntry{codes::token_login_needed, "nobody has logged in", "The vault has no permission of this person for their mailbox.",
                   "Run godwit login ACCOUNT."},
    ErrorCodeEntry{codes::token_command, "token command", "The command that gives the access token failed, or gave none.",
                   "Run it by hand as the same user; its first line of output is to be the token, and its exit status 0."},
    ErrorCodeEntry{codes::token_login_ended, "login was not completed",
                   "The person refused, took too long, or the browser came back with an answer to another request.",
                   "Run godwit login ACCOUNT again."},

    ErrorCodeEntry{codes::network, "connection lost", "The connection broke, or cannot go on.",
                   "godwit connects again by itself. If it gives up, check the network and run the same command again."},
    ErrorCodeEntry{codes::timeout, "too late", "Nothing came within the time that was allowed.",
                   "Check that the server is up and not overloaded; run the same command again."},
    ErrorCodeEntry{codes::tls, "TLS failed", "The encrypted line was not established or broke.",
                   "The message has OpenSSL's words."},
    ErrorCodeEntry{codes::unavailable, "the server asks to come back later", "The server is busy, in maintenance, or limits this account.",
                   "godwit waits and tries again. If it gives up, run the same command later, with fewer --connections."},
    ErrorCodeEntry{codes::syntax, "not the protocol", "The server sent what is not IMAP, or exceeds a limit of godwit.",
                   "godwit connects again. If it comes back, record the exchange with --trace and report it."},
    ErrorCodeEntry{codes::name_not_resolved, "host name unknown", "The DNS has no address for the host.",
                   "Check the host in the URL, and this machine's resolver."},
    ErrorCodeEntry{codes::name_not_resolved_in_time, "no answer from the DNS", "The resolver did not answer in time.",
                   "Check this machine's resolver (/etc/resolv.conf) and its network."},
    ErrorCodeEntry{codes::cannot_connect, "cannot connect",
                   "No address of the host took the connection; the message has each with its reason.",
                   "Check host and port, that the server runs, and the firewalls between."},
    ErrorCodeEntry{codes::cannot_connect_in_time, "no answer to the connection",
                   "No address of the host answered in time: most often a firewall that drops packets.",
                   "Check the firewalls between, and the port."},
    ErrorCodeEntry{codes::connection_broken, "connection broken", "The network reported an error on an open connection.",
                   "godwit connects again. If it happens often, look at firewalls, NAT and the server's log."},
    ErrorCodeEntry{codes::closed_by_server, "closed by the server", "The server closed the connection without a word.",
                   "godwit connects again. If it happens at the same message each time, look at the server's log."},
    ErrorCodeEntry{codes::server_silent, "the server is silent", "The server sent or took nothing for longer than is waited for.",
                   "godwit connects again. Check the server's load and log; very large folders may need minutes."},
    ErrorCodeEntry{codes::session_ended, "the server ended the session", "The server said BYE.",
                   "Its words are in the message. godwit connects again."},
    ErrorCodeEntry{codes::extension_fails, "extension does not work",
                   "The server announces an extension of IMAP and refuses its use; it is not used again in this run.",
                   "Nothing: godwit goes on without it, perhaps slower."},
    ErrorCodeEntry{codes::certificate_expired, "certificate expired", "The server's certificate, or one above it, is out of date.",
                   "Renew it on the server. Or, if you know the server, pin the certificate by the fingerprint in the message. "
                   "Check this machine's clock."},
    ErrorCodeEntry{codes::certificate_not_yet_valid, "certificate not yet valid", "The certificate's first day is in the future.",
                   "Check this machine's clock, and the certificate."},
    ErrorCodeEntry{codes::certificate_name, "certificate for another name", "The certificate is valid, but not for this host name.",
                   "Use a host name that the certificate has (the message lists them), or pin it by its fingerprint."},
    ErrorCodeEntry{codes::certificate_self_signed, "self-signed certificate", "Nobody but the server itself vouches for its certificate.",
                   "Compare the fingerprint in the message with the server's own, then pin it."},
    ErrorCodeEntry{codes::certificate_issuer, "unknown issuer",
                   "This system does not know the certificate's issuer, or the server leaves out the certificates between.",
                   "Install the issuer's certificate (update-ca-certificates), have the server send the whole chain, or pin the "
                   "fingerprint."},
    ErrorCodeEntry{codes::certificate_not_trusted, "certificate not trusted", "OpenSSL refuses the certificate for another reason.",
                   "The message has OpenSSL's words."},
    ErrorCodeEntry{codes::certificate_not_pinned, "not the pinned certificate",
                   "The server shows another certificate than the one whose fingerprint was given.",
                   "Find out whether it was renewed. If nobody knows of it, do not go on: somebody may be in between."},
    ErrorCodeEntry{codes::certificate_name_unknown, "no name to check", "No certificate can be checked against this host name.",
                   "Write the host name without blanks and control characters."},
    ErrorCodeEntry{codes::tls_not_spoken, "no TLS there", "What answers on this port does not speak TLS.",
                   "Use imap:// for a port with STARTTLS (143), imaps:// for one with TLS from the first byte (993)."},
    ErrorCodeEntry{codes::starttls_not_offered, "no STARTTLS", "The server does not offer encryption on this port.",
                   "Use imaps://. Only on a network that you trust: --plain-ok."},
    ErrorCodeEntry{codes::starttls_not_possible, "logged in before encryption",
                   "The server says that we are logged in before the line is encrypted; somebody in between could say so, too.",
                   "Use imaps://. Only on a network that you trust: --plain-ok."},
    ErrorCodeEntry{codes::tls_version_too_old, "only an old TLS there",
                   "The server speaks only versions of TLS that are broken today: older than 1.2, or than tls_min allows.",
                   "Update the server. Else allow it for this one: tls_min = \"1.0\" in the plan, --source-tls-min 1.0 or "
                   "--target-tls-min 1.0; then who sits on the line may be able to read it."},
    ErrorCodeEntry{codes::tls_too_weak, "only weak encryption there",
                   "The server's keys, signatures, ciphers or renegotiation are weaker than godwit takes by itself.",
                   "Update the server. Else allow it for this one: ciphers = \"legacy\" in the plan, --source-ciphers legacy or "
                   "--target-ciphers legacy."},
    ErrorCodeEntry{codes::tls_gone, "TLS was there before",
                   "security = \"detect\" found no TLS, although the ledger remembers that this server spoke it: somebody may sit on "
                   "the line.",
                   "Find out who took it away. If the server really has none any more, order it: security = \"none\"."},
    ErrorCodeEntry{codes::throttled, "throttled", "The server limits how much this account or address may do in a time.",
                   "godwit waits as long as the server says. Use fewer --connections, or ask for the limit to be raised."},
    ErrorCodeEntry{codes::too_many_connections, "too many connections", "The server allows fewer connections than are open.",
                   "Use fewer --connections; close other programs on this account; raise the server's limit (Dovecot: "
                   "mail_max_userip_connections)."},
    ErrorCodeEntry{codes::mailbox_in_use, "mailbox in use", "Another session holds the mailbox.",
                   "godwit tries again. Close other programs on this account if it goes on."},
    ErrorCodeEntry{codes::server_fault, "fault in the server", "The server reports an internal fault.",
                   "Look at the server's log. godwit tries again."},
    ErrorCodeEntry{codes::greeting_not_imap, "no IMAP server", "What answers there does not greet as an IMAP server.",
                   "Check host and port."},
    ErrorCodeEntry{codes::response_malformed, "malformed response",
                   "A response of the server is not IMAP or POP3; the message has its beginning.",
                   "godwit connects again. If it comes back, record the exchange with --trace and report it."},
    ErrorCodeEntry{codes::response_too_large, "response too large", "A response of the server exceeds a limit of godwit.",
                   "Record the exchange with --trace and report it with the server's name and version."},
    ErrorCodeEntry{codes::response_out_of_place, "response out of place",
                   "The server answered what was not asked, or before it was asked.",
                   "godwit connects again. If it comes back, record the exchange with --trace and report it."},
    ErrorCodeEntry{codes::compression_damaged, "compressed data damaged", "What the server sent compressed cannot be read.",
                   "godwit connects again. If it comes back, report it with the server's name and version."},
    ErrorCodeEntry{codes::token_answer, "answer of the token server not understood",
                   "What came back is no answer of an OAuth 2.0 server: a page for people, a cut answer, a field of the wrong form.",
                   "Check token_url (and device_url), and whether a proxy answers in the server's place."},
    ErrorCodeEntry{codes::greeting_not_pop3, "no POP3 server", "What answers there does not greet as a POP3 server.",
                   "Check host and port, and whether the port wants TLS from the first byte (pop3s://, security = \"tls\")."},
    ErrorCodeEntry{codes::greeting_not_managesieve, "no ManageSieve server",
                   "What answers there does not greet as a ManageSieve server.",
                   "Check host and port (4190, of old servers 2000), and whether the port wants TLS from the first byte (sieves://)."},
    ErrorCodeEntry{codes::proxy_not_spoken, "no such proxy", "What answers at the proxy's address does not speak the protocol of a proxy.",
                   "Check the proxy's host and port, and whether it is socks5:// or http://."},
    ErrorCodeEntry{codes::proxy_login_refused, "the proxy refuses the login",
                   "The proxy wants a login, or does not take the one that was given.",
                   "Write the user into the proxy's address, and check the password in its file or variable."},
    ErrorCodeEntry{codes::proxy_cannot_connect, "the proxy does not reach the server",
                   "The proxy answered, but did not connect to the server: the server is down, or the proxy's rules forbid it.",
                   "The proxy's words are in the message. Have its administrator allow this host and port."},

    ErrorCodeEntry{codes::source_folder_replaced, "source folder replaced",
                   "A folder of the source got another UIDVALIDITY during the round: it was made anew, or the server renumbered it.",
                   "Nothing: the round looks at it again, and finds what it has already by its bytes."},
    ErrorCodeEntry{codes::source_changes_disordered, "changes out of order", "The source lists its changes in no order of UIDs.",
                   "godwit asks again. If it comes back, record the exchange with --trace and report it."},
    ErrorCodeEntry{codes::source_gives_notice, "a notice instead of the message",
                   "Exchange cannot turn this message into Internet mail, and gives a notice of its own in its place.",
                   "Nothing was moved in its place. Open the message in Outlook and forward or save it, or repair the mailbox; godwit asks "
                   "again each round."},
    ErrorCodeEntry{codes::source_cannot_read, "the source fails at a message",
                   "The source was asked for one message several times, and said each time that something is wrong with it.",
                   "Look at the message on the source. godwit goes on with the others, and asks again each round."},

    ErrorCodeEntry{codes::quota, "mailbox full", "The target has no space left for this account.",
                   "Raise the account's quota on the target and run the same command again; it goes on where it stopped."},
    ErrorCodeEntry{codes::target_folder_replaced, "target folder replaced",
                   "A folder of the target got another UIDVALIDITY during the round: somebody removed it and made it anew.",
                   "The round looks at it again. Find out who works on the target's folders meanwhile."},

    ErrorCodeEntry{codes::refused, "refused", "The server refused a command or an item.",
                   "Its words are in the message. Content that a target refuses may go in a repaired form: --repair."},
    ErrorCodeEntry{codes::too_big, "message too large", "A message is larger than the target takes.",
                   "Raise the target's limit and run godwit retry, or accept that it stays: godwit accept."},
    ErrorCodeEntry{codes::not_found, "not there", "A folder or message is not there any more, or never was.",
                   "Run the same command again: the next round sees what is there now."},
    ErrorCodeEntry{codes::exists, "there already", "What was to be made is there already.",
                   "The message names it. Give another name, or look at what is there."},
    ErrorCodeEntry{codes::not_understood, "command not understood", "The server said BAD to a command.",
                   "Record the exchange with --trace and report it with the server's name and version."},
    ErrorCodeEntry{codes::keyword_form, "keyword cannot be sent", "A message's keyword has no form in IMAP.",
                   "Rename the keyword on the source; the message can then be moved by godwit retry."},
    ErrorCodeEntry{codes::argument_form, "name cannot be sent", "A name holds a line break or a NUL byte, which IMAP cannot carry.",
                   "Rename it on the source, or leave it out by a rule."},
    ErrorCodeEntry{codes::flags_refused, "flags refused", "The server does not take a flag or keyword of this message.",
                   "Nothing: the message is moved without it, and named with the flags that it lacks."},
    ErrorCodeEntry{codes::argument_refused, "refused without a reason",
                   "Exchange refused a message by \"Command Argument Error\": it is too large, has a line above about 9,900 bytes or a "
                   "flag that Exchange does not take, or the mailbox is full.",
                   "Compare its size with the limit of IMAP on the target and look at the mailbox's quota; long lines are broken anew by "
                   "--repair long-line. Then run again."},
    ErrorCodeEntry{codes::item_altered, "altered by the target", "The item was read back and differs from the source.",
                   "The difference is on record. Decide whether it matters; godwit accept takes note of it."},
    ErrorCodeEntry{codes::item_repaired, "moved in a repaired form",
                   "The target refused the item as it was, and took it with bytes changed as --repair allows.",
                   "The original and each changed byte are kept in LEDGER.originals."},
    ErrorCodeEntry{codes::item_flags, "flags not taken", "The item is on the target, but the target refused some of its flags.",
                   "The message names them. Set them there by hand where they matter."},
    ErrorCodeEntry{codes::item_conflict, "changed on both sides",
                   "Both sides changed the item since the last round; the target's state stays.",
                   "Nothing, unless the source's state is the wanted one."},
    ErrorCodeEntry{codes::item_doubt, "outcome in doubt", "It is not certain whether the item is on the target once.",
                   "Run the same command again. Look at the folder if it stays."},
    ErrorCodeEntry{codes::item_uidl, "UIDL not on record",
                   "It is not known by which UIDL the old POP3 server shows the item: POP3 programs that leave mail on the server load it "
                   "once more after the move.",
                   "Check that the POP3 server of pop3_uidl can be reached and shows the whole INBOX, then run a round again."},
    ErrorCodeEntry{codes::data_item_damaged, "item damaged in its file",
                   "An item of a PST, OST or .msg file cannot be read; the message says what is wrong with it.",
                   "Repair a copy of the file with Outlook's scanpst.exe and run the same command on it, or open the item in Outlook and save it "
                   "again. All other items are moved."},
    ErrorCodeEntry{codes::item_not_valid, "calendar entry or contact not valid",
                   "An iCalendar object or a vCard cannot be read; the message says in which line, and what is wrong with it.",
                   "Correct the line on the source, or open the item in the program that made it and save it again. All other items are "
                   "moved."},
    ErrorCodeEntry{codes::filter_refused, "filter refused",
                   "The target's server does not take a Sieve script; it says why, and in which line.",
                   "Correct the script on the old server and run the same command again, or write it anew on the new one."},
    ErrorCodeEntry{codes::filter_needs_extension, "filter needs an extension that the target lacks",
                   "A Sieve script requires extensions that the target's server does not announce; it was not sent.",
                   "Enable the extension on the target (Dovecot: sieve_extensions, sieve_plugins; Cyrus: sieve_extensions), or rewrite the "
                   "script without it, then run the same command again."},
    ErrorCodeEntry{codes::filter_form, "filter not understood",
                   "A script is not Sieve as RFC 5228 has it; the message says where. Its text is moved as it is, if the target takes it.",
                   "Look at that line: what the filter does is not shown in reports."},

    ErrorCodeEntry{codes::storage, "ledger or file unusable", "The ledger or another file cannot be read or written.",
                   "The message names the file and the reason."},
    ErrorCodeEntry{codes::disk_full, "disk full", "There is no room left for the ledger.",
                   "Make room and run the same command again; it goes on where it stopped."},
    ErrorCodeEntry{codes::disk_fault, "disk fault", "The disk cannot be read or written.",
                   "See to the disk (space, quota, faults; the kernel's log) and run the same command again."},
    ErrorCodeEntry{codes::ledger_damaged, "ledger damaged", "The ledger's file is damaged.",
                   "Put it back from a backup. It may be older: what is on the target is matched, not copied twice."},
    ErrorCodeEntry{codes::no_ledger, "no ledger", "The file is something else than a ledger; nothing was changed.",
                   "Give another name."},
    ErrorCodeEntry{codes::ledger_not_writable, "ledger not writable", "The ledger's file cannot be opened for writing.",
                   "Check owner and mode, whether its directory exists, and whether the disk is mounted read-only."},
    ErrorCodeEntry{codes::ledger_in_use, "ledger in use", "Another godwit works with this ledger.",
                   "Wait for it or stop it. The message has its process number."},
    ErrorCodeEntry{codes::ledger_open_elsewhere, "ledger open in another program", "Another program has the ledger's file open.",
                   "Close it (an sqlite3 shell, a backup) and run the same command again."},
    ErrorCodeEntry{codes::ledger_of_another_version, "ledger of another version", "The ledger was written by a newer or an older godwit.",
                   "Use that version; or begin a new ledger: what is on the target already is recognised."},
    ErrorCodeEntry{codes::ledger_store_missing, "account's store missing", "The ledger names a file of an account that is not there.",
                   "Put the whole ledger back from one backup: its directory belongs to it."},
    ErrorCodeEntry{codes::ledger_store_swapped, "account's store swapped", "A file of the ledger belongs to another account.",
                   "Put the right file back; the message names both accounts."},
    ErrorCodeEntry{codes::locks_not_possible, "no locks", "The file system of the ledger does not take locks.",
                   "Put the ledger on a local disk."},
    ErrorCodeEntry{codes::manifest_damaged, "manifest damaged", "The manifest was cut off or changed since it was signed.",
                   "Get the file again from where it was made, or make it anew from the ledger."},
    ErrorCodeEntry{codes::output_in_use, "output file in use", "Another process is writing this file.",
                   "Wait for it, or give another name."},
    ErrorCodeEntry{codes::line_file, "log or trace not writable",
                   "A log or trace file cannot be opened or written. The migration is not affected.",
                   "Make room, or check owner and mode of the file and its directory; what was not written is lost."},
    ErrorCodeEntry{codes::plan_not_written, "plan not written", "The plan or its accounts file cannot be made.",
                   "The message says why: look at the folder, its owner and mode, and the space on the disk."},
    ErrorCodeEntry{codes::data_file_unreadable, "data file unreadable",
                   "A PST or OST file cannot be read as a whole, or there is none where the account is said to lie.",
                   "The message names the file and the reason. Repair a copy of it with Outlook's scanpst.exe, or take it out of the account's "
                   "folder, and run the same command again."},

    ErrorCodeEntry{codes::bug, "a defect of godwit", "Something that must never be is so.",
                   "Report it with the whole message. What was moved is on record; running the same command again is safe."},
    ErrorCodeEntry{codes::unexpected_exception, "an unexpected exception",
                   "A library or the system failed in a way nobody foresaw, such as a lack of memory.",
                   "Check memory and open files. Else report it; running the same command again is safe."},
};

}  // namespace

std::span<const ErrorCodeEntry> error_code_table() { return table; }

ErrorCode general_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return codes::usage;
    case ErrorKind::auth: return codes::auth;
    case ErrorKind::refused: return codes::refused;
    case ErrorKind::not_understood: return codes::not_understood;
    case ErrorKind::not_found: return codes::not_found;
    case ErrorKind::exists: return codes::exists;
    case ErrorKind::quota: return codes::quota;
    case ErrorKind::too_big: return codes::too_big;
    case ErrorKind::unavailable: return codes::unavailable;
    case ErrorKind::syntax: return codes::syntax;
    case ErrorKind::timeout: return codes::timeout;
    case ErrorKind::network: return codes::network;
    case ErrorKind::tls: return codes::tls;
    case ErrorKind::canceled: return codes::stopped;
    case ErrorKind::storage: return codes::storage;
    case ErrorKind::bug: return codes::bug;
  }
  return codes::bug;
}

std::uint16_t code_of(const Error& error) { return error.code != 0 ? error.code : general_code_of(error.kind).number; }

std::uint16_t code_of_problem(std::string_view kind) {
  struct Named {
    std::string_view kind;
    ErrorCode code;
  };
  constexpr std::array items{Named{"altered", codes::item_altered}, Named{"repaired", codes::item_repaired},
                             Named{"flags", codes::item_flags}, Named{"conflict", codes::item_conflict},
                             Named{"doubt", codes::item_doubt}, Named{"uidl", codes::item_uidl},
                             Named{"damaged", codes::data_item_damaged}};
  for (const Named& item : items) {
    if (item.kind == kind) return item.code.number;
  }
  for (const ErrorCodeEntry& entry : table) {
    const ErrorCode general = general_code_of(entry.code.kind);
    if (name_of(general.kind) == kind) return general.number;
  }
  return codes::refused.number;
}

std::string code_text(std::uint16_t number) { return fmt::format("GW-{:04}", number); }

}  // namespace godwit
