/* Loaded before libc: kills the process (SIGKILL) at the n-th time that it changes a file under a folder. Used by prove_crashes.py,
   which says which by `kill_at`: before the call (0), after it (1) or, of a write, when half of it is done (2): the
   kernel hears a signal only between two pages, so what lies on one page is written whole or not at all. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char root[4096];
static long chosen, seen;
static int way;

void kill_at(const char *folder, long number, int how) {
    snprintf(root, sizeof root, "%s", folder);
    chosen = number;
    way = how;
    seen = 0;
}
long changes_seen(void) { return seen; }

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* whether this call is the chosen one */
static int now(void) {
    if (__sync_add_and_fetch(&seen, 1) != chosen) return 0;
    if (way == 0) die();
    return 1;
}

static int below(const char *path) { return root[0] && strncmp(path, root, strlen(root)) == 0; }

static int is_ours(int fd) {
    char link[64], path[4096];
    if (!root[0]) return 0;
    int kept = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (size <= 0) return 0;
    path[size] = 0;
    return below(path);
}

static int is_named(int folder, const char *name) {
    return root[0] && (name[0] == '/' ? below(name) : folder != AT_FDCWD && is_ours(folder));
}

static size_t half(size_t size, off64_t offset) {
    off64_t end = (offset + (off64_t)size / 2) & ~(off64_t)4095;
    if (end <= offset) die();
    return (size_t)(end - offset);
}

#define DONE(hit, call) __typeof__(call) done = (call); if (hit) die(); return done

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    int hit = is_ours(fd) && now();
    if (hit && way == 2) size = half(size, offset);
    DONE(hit, syscall(SYS_pwrite64, fd, data, size, offset));
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }
ssize_t write(int fd, const void *data, size_t size) {
    int hit = is_ours(fd) && now();
    if (hit && way == 2) size = half(size, lseek(fd, 0, SEEK_CUR));
    DONE(hit, syscall(SYS_write, fd, data, size));
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t size) {
    int hit = is_ours(to) && now();
    DONE(hit, syscall(SYS_sendfile, to, from, offset, size));
}
ssize_t sendfile(int to, int from, off_t *offset, size_t size) { return sendfile64(to, from, (off64_t *)offset, size); }
int ftruncate64(int fd, off64_t size) {
    int hit = is_ours(fd) && now();
    DONE(hit, (int)syscall(SYS_ftruncate, fd, size));
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
int fsync(int fd) {
    int hit = is_ours(fd) && now();
    DONE(hit, (int)syscall(SYS_fsync, fd));
}
int fdatasync(int fd) { return fsync(fd); }

static int opened(int folder, const char *name, int flags, int mode) {
    struct stat there;
    int changes = is_named(folder, name) && ((flags & O_TRUNC) || ((flags & O_CREAT) && fstatat(folder, name, &there, 0) != 0));
    int hit = changes && now();
    DONE(hit, (int)syscall(SYS_openat, folder, name, flags, mode));
}
#define MODE int mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }
int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE return opened(folder, path, flags | O_LARGEFILE, mode); }

int renameat(int from, const char *old, int to, const char *new) {
    int hit = (is_named(from, old) || is_named(to, new)) && now();
    DONE(hit, (int)syscall(SYS_renameat, from, old, to, new));
}
int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }
int unlinkat(int folder, const char *name, int flags) {
    int hit = is_named(folder, name) && now();
    DONE(hit, (int)syscall(SYS_unlinkat, folder, name, flags));
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int mkdirat(int folder, const char *name, mode_t mode) {
    int hit = is_named(folder, name) && now();
    DONE(hit, (int)syscall(SYS_mkdirat, folder, name, mode));
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
