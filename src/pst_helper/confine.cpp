// SPDX-License-Identifier: Apache-2.0
#include "pst_helper/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace godwit::pst {
namespace {

void limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
  rlimit limits{};
  getrlimit(resource, &limits);
  limits.rlim_cur = std::min(soft, limits.rlim_max);
  limits.rlim_max = std::min(hard, limits.rlim_max);
  setrlimit(resource, &limits);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GODWIT_ADDRESS_SANITIZER
#endif
#endif

void limit_resources() {
#ifndef GODWIT_ADDRESS_SANITIZER  // it reserves terabytes
  constexpr rlim_t memory = rlim_t{2} << 30U;
  limit(RLIMIT_AS, memory, memory);
#endif
  limit(RLIMIT_FSIZE, 0, 0);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_NOFILE, 64, 64);
}

constexpr std::array forbidden{SCMP_SYS(socket),   SCMP_SYS(socketpair),     SCMP_SYS(connect),   SCMP_SYS(bind),
                               SCMP_SYS(listen),   SCMP_SYS(accept),         SCMP_SYS(accept4),   SCMP_SYS(execve),
                               SCMP_SYS(execveat), SCMP_SYS(fork),           SCMP_SYS(vfork),     SCMP_SYS(clone),
                               SCMP_SYS(clone3),   SCMP_SYS(ptrace),         SCMP_SYS(creat),     SCMP_SYS(unlink),
                               SCMP_SYS(unlinkat), SCMP_SYS(rename),         SCMP_SYS(renameat),  SCMP_SYS(renameat2),
                               SCMP_SYS(link),     SCMP_SYS(linkat),         SCMP_SYS(symlink),   SCMP_SYS(symlinkat),
                               SCMP_SYS(mkdir),    SCMP_SYS(mkdirat),        SCMP_SYS(rmdir),     SCMP_SYS(mknod),
                               SCMP_SYS(mknodat),  SCMP_SYS(truncate),       SCMP_SYS(ftruncate), SCMP_SYS(chmod),
                               SCMP_SYS(fchmod),   SCMP_SYS(fchmodat),       SCMP_SYS(chown),     SCMP_SYS(fchown),
                               SCMP_SYS(lchown),   SCMP_SYS(fchownat),       SCMP_SYS(mount),     SCMP_SYS(umount2),
                               SCMP_SYS(setns),    SCMP_SYS(unshare),        SCMP_SYS(bpf),       SCMP_SYS(kill),
                               SCMP_SYS(tkill),    SCMP_SYS(io_uring_setup), SCMP_SYS(openat2),   SCMP_SYS(process_vm_writev)};

bool filter_calls() {
  const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr) return false;
  const auto refused = SCMP_ACT_ERRNO(EPERM);
  bool is_whole = true;
  for (const int call : forbidden) is_whole = seccomp_rule_add(filter, refused, call, 0) == 0 && is_whole;
  for (const auto writing : {O_WRONLY, O_RDWR}) {
    const auto access = static_cast<scmp_datum_t>(writing);
    is_whole = seccomp_rule_add(filter, refused, SCMP_SYS(open), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, access)) == 0 && is_whole;
    is_whole = seccomp_rule_add(filter, refused, SCMP_SYS(openat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, access)) == 0 && is_whole;
  }
  is_whole = seccomp_load(filter) == 0 && is_whole;
  seccomp_release(filter);
  return is_whole;
}

bool allow(int ruleset, int place, std::uint64_t access) {
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = place;
  return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

// Landlock's first version is enough: what later ones add is refused by the filter of calls.
bool close_files(int file) {
  landlock_ruleset_attr all{};
  all.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1U;
  const int ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &all, sizeof(all.handled_access_fs), 0));
  if (ruleset < 0) return false;
  bool is_whole = allow(ruleset, file, LANDLOCK_ACCESS_FS_READ_FILE);
  for (const char* const libraries : {"/usr/lib", "/lib", "/lib64", "/usr/lib64", "/etc/ld.so.cache"}) {
    const int place = open(libraries, O_PATH | O_CLOEXEC);
    if (place < 0) continue;
    struct stat about {};
    const bool is_folder = fstat(place, &about) == 0 && S_ISDIR(about.st_mode);
    is_whole = allow(ruleset, place, LANDLOCK_ACCESS_FS_READ_FILE | (is_folder ? LANDLOCK_ACCESS_FS_READ_DIR : 0)) && is_whole;
    close(place);
  }
  is_whole = is_whole && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  close(ruleset);
  return is_whole;
}

}  // namespace

Confinement confine(int file) {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit_resources();
  const bool are_files_closed = close_files(file);
  return {filter_calls(), are_files_closed};
}

void allow_seconds(std::uint64_t seconds) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  limit(RLIMIT_CPU, static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + seconds + 1, RLIM_INFINITY);
}

}  // namespace godwit::pst
