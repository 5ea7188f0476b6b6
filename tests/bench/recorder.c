/* Loaded before libc: writes down, in order, everything that a process does to the files under CUTS_ROOT, into CUTS_LOG.
   Read by prove_cuts.py. A record: op, lengths of two paths, offset, length of data (5 x u64), the paths, the data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, SYNC, RENAME, UNLINK, CREATE, MAKE_FOLDER, REMOVE_FOLDER };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -2;
static const char *root;

static int real_open(const char *path, int flags, int mode) { return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode); }

static void put(const void *data, size_t size) {
    const char *at = data;
    while (size) {
        ssize_t done = syscall(SYS_write, out, at, size);
        if (done <= 0) _exit(99);
        at += done;
        size -= (size_t)done;
    }
}

static int ours(const char *path) {
    if (out == -2) {
        const char *log = getenv("CUTS_LOG");
        root = getenv("CUTS_ROOT");
        out = log && root ? real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    }
    return out >= 0 && strncmp(path, root, strlen(root)) == 0;
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, 4095);
    if (size <= 0) return 0;
    path[size] = 0;
    return ours(path);
}

static void absolute(int folder, const char *name, char *path) {
    if (name[0] == '/') snprintf(path, 4096, "%s", name);
    else {
        char base[4096];
        if (folder == AT_FDCWD) { if (!getcwd(base, sizeof base)) base[0] = 0; }
        else if (!path_of(folder, base)) base[0] = 0;
        snprintf(path, 4096, "%.2000s/%.2000s", base, name);
    }
}

static void note(uint64_t op, const char *one, const char *two, uint64_t offset, const void *data, uint64_t size) {
    uint64_t head[5] = {op, strlen(one), two ? strlen(two) : 0, offset, size};
    put(head, sizeof head);
    put(one, head[1]);
    if (two) put(two, head[2]);
    if (data) put(data, size);
}

#define HELD(call) pthread_mutex_lock(&lock); call; pthread_mutex_unlock(&lock)

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    char path[4096];
    ssize_t done;
    HELD(done = syscall(SYS_pwrite64, fd, data, size, offset); if (done > 0 && path_of(fd, path)) note(WRITE, path, 0, (uint64_t)offset, data, (uint64_t)done));
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }

ssize_t write(int fd, const void *data, size_t size) {
    char path[4096];
    ssize_t done;
    HELD(int mine = path_of(fd, path); int kept = errno;
         off_t at = mine ? ((fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR)) : 0; errno = kept;
         done = syscall(SYS_write, fd, data, size); if (mine && done > 0 && at >= 0) note(WRITE, path, 0, (uint64_t)at, data, (uint64_t)done));
    return done;
}
/* what copies inside the kernel is made to copy by writing */
ssize_t sendfile64(int to, int from, off64_t *offset, size_t size) { (void)to; (void)from; (void)offset; (void)size; errno = ENOTSOCK; return -1; }
ssize_t sendfile(int to, int from, off_t *offset, size_t size) { return sendfile64(to, from, (off64_t *)offset, size); }

int ftruncate64(int fd, off64_t size) {
    char path[4096];
    int done;
    HELD(done = (int)syscall(SYS_ftruncate, fd, size); if (!done && path_of(fd, path)) note(TRUNCATE, path, 0, (uint64_t)size, 0, 0));
    return done;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

/* nothing is really flushed: what would have been is all that counts */
int fsync(int fd) {
    char path[4096];
    HELD(if (path_of(fd, path)) note(SYNC, path, 0, 0, 0, 0));
    return 0;
}
int fdatasync(int fd) { return fsync(fd); }

static int opened(int folder, const char *name, int flags, int mode) {
    char path[4096];
    struct stat there;
    int done;
    HELD(absolute(folder, name, path); int new = (flags & O_CREAT) && ours(path) && stat(path, &there) != 0;
         int cut = (flags & O_TRUNC) && ours(path); done = (int)syscall(SYS_openat, folder, name, flags, mode);
         if (done >= 0 && new) note(CREATE, path, 0, 0, 0, 0);
         if (done >= 0 && cut && !new) note(TRUNCATE, path, 0, 0, 0, 0));
    return done;
}
#define MODE int mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); }
int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE return opened(folder, path, flags | O_LARGEFILE, mode); }

int renameat(int from, const char *old, int to, const char *new) {
    char one[4096], two[4096];
    int done;
    HELD(absolute(from, old, one); absolute(to, new, two); done = (int)syscall(SYS_renameat, from, old, to, new);
         if (!done && ours(one)) note(RENAME, one, two, 0, 0, 0));
    return done;
}
int rename(const char *old, const char *new) { return renameat(AT_FDCWD, old, AT_FDCWD, new); }

int unlinkat(int folder, const char *name, int flags) {
    char path[4096];
    int done;
    HELD(absolute(folder, name, path); done = (int)syscall(SYS_unlinkat, folder, name, flags);
         if (!done && ours(path)) note((flags & AT_REMOVEDIR) ? REMOVE_FOLDER : UNLINK, path, 0, 0, 0, 0));
    return done;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int mkdirat(int folder, const char *name, mode_t mode) {
    char path[4096];
    int done;
    HELD(absolute(folder, name, path); done = (int)syscall(SYS_mkdirat, folder, name, mode); if (!done && ours(path)) note(MAKE_FOLDER, path, 0, 0, 0, 0));
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
