/* Records what a program does to the files below JIGAP_TRACE_ROOT, and what it prints, into the file JIGAP_TRACE.
 * Loaded by LD_PRELOAD. Little-endian records: kind (1 byte), inode (8), number (8), length (8), data (length):
 *   O open: flags 1 created, 2 truncated; data: path     W write: offset; data       T truncate: new length
 *   F sync begins: call; E the call returned 0            S sync_file_range           A printed to stdout: data
 *   R rename: data: from \n to      U unlink: path        M mkdir: path
 *   X something this shim cannot follow: data: its name
 * A write and its record are one step under the lock, so a write before an F was done when the sync began. */
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
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 65536
static uint64_t inode_of[FDS];
static int trace = -1;
static const char *root;
static size_t root_length;
static uint64_t calls;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("JIGAP_TRACE");
    root = getenv("JIGAP_TRACE_ROOT");
    if (!path || !root) return;
    root_length = strlen(root);
    trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void emit(char kind, uint64_t inode, uint64_t number, const void *data, uint64_t length) {
    unsigned char header[25];
    header[0] = (unsigned char)kind;
    memcpy(header + 1, &inode, 8);
    memcpy(header + 9, &number, 8);
    memcpy(header + 17, &length, 8);
    struct iovec parts[2] = {{header, sizeof header}, {(void *)data, length}};
    int saved = errno;
    if (syscall(SYS_writev, trace, parts, length ? 2 : 1) != (long)(sizeof header + length)) _exit(99);
    errno = saved;
}

static int ours(const char *path) { return trace >= 0 && path && strncmp(path, root, root_length) == 0; }
static uint64_t tracked(int fd) { return trace >= 0 && fd >= 0 && fd < FDS ? inode_of[fd] : 0; }
static void unfollowed(const char *name) { emit('X', 0, 0, name, strlen(name)); }

static int opened(int at, const char *path, int flags, mode_t mode) {
    if (!ours(path)) return (int)syscall(SYS_openat, at, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat status;
    int existed = stat(path, &status) == 0;
    int fd = (int)syscall(SYS_openat, at, path, flags, mode);
    if (fd >= 0 && fd < FDS && fstat(fd, &status) == 0) {
        inode_of[fd] = status.st_ino;
        emit('O', status.st_ino, (existed ? 0 : 1) | (flags & O_TRUNC ? 2 : 0), path, strlen(path));
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN_MODE(last) mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, last); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { OPEN_MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { OPEN_MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { OPEN_MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { OPEN_MODE(flags) return opened(at, path, flags, mode); }

int close(int fd) {
    if (fd >= 0 && fd < FDS) inode_of[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

static int duplicated(int fd, int copy) {
    if (copy >= 0 && copy < FDS) inode_of[copy] = tracked(fd);
    return copy;
}
int dup(int fd) { return duplicated(fd, REAL(dup)(fd)); }
int dup2(int fd, int to) { return duplicated(fd, REAL(dup2)(fd, to)); }
int dup3(int fd, int to, int flags) { return duplicated(fd, REAL(dup3)(fd, to, flags)); }
static int controlled(int fd, int command, long argument) {
    int result = (int)syscall(SYS_fcntl, fd, command, argument);
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? duplicated(fd, result) : result;
}
#define FCNTL { va_list more; va_start(more, command); long argument = va_arg(more, long); va_end(more); \
    return controlled(fd, command, argument); }
int fcntl(int fd, int command, ...) FCNTL
int fcntl64(int fd, int command, ...) FCNTL

static ssize_t written_at(int fd, const void *data, size_t length, off_t offset) {
    uint64_t inode = tracked(fd);
    pthread_mutex_lock(&lock);
    ssize_t done = syscall(SYS_pwrite64, fd, data, length, offset);
    if (done > 0) emit('W', inode, (uint64_t)offset, data, (uint64_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    return tracked(fd) ? written_at(fd, data, length, offset) : syscall(SYS_pwrite64, fd, data, length, offset);
}
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return pwrite(fd, data, length, offset); }

ssize_t write(int fd, const void *data, size_t length) {
    if (trace >= 0 && fd == 1) {
        pthread_mutex_lock(&lock);
        emit('A', 0, 0, data, length);
        pthread_mutex_unlock(&lock);
    }
    uint64_t inode = tracked(fd);
    if (!inode) return syscall(SYS_write, fd, data, length);
    pthread_mutex_lock(&lock);
    ssize_t done = syscall(SYS_write, fd, data, length);
    /* Right for O_APPEND too: the position is then the end. */
    off_t after = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    if (done > 0) emit('W', inode, (uint64_t)(after - done), data, (uint64_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int fd, off_t length) {
    uint64_t inode = tracked(fd);
    if (!inode) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_ftruncate, fd, length);
    if (result == 0) emit('T', inode, (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

static int synced(int fd, long number) {
    uint64_t inode = tracked(fd);
    if (!inode) return (int)syscall(number, fd);
    pthread_mutex_lock(&lock);
    uint64_t call = ++calls;
    emit('F', inode, call, NULL, 0);
    pthread_mutex_unlock(&lock);
    int result = (int)syscall(number, fd);
    pthread_mutex_lock(&lock);
    if (result == 0) emit('E', inode, call, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }
int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags) {
    if (tracked(fd)) {
        pthread_mutex_lock(&lock);
        emit('S', tracked(fd), (uint64_t)offset, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return (int)syscall(SYS_sync_file_range, fd, offset, length, flags);
}

int rename(const char *from, const char *to) {
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (result == 0 && ours(from)) {
        char both[8200];
        emit('R', 0, 0, both, (uint64_t)snprintf(both, sizeof both, "%s\n%s", from, to));
    }
    pthread_mutex_unlock(&lock);
    return result;
}
int unlink(const char *path) {
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (result == 0 && ours(path)) emit('U', 0, 0, path, strlen(path));
    pthread_mutex_unlock(&lock);
    return result;
}
int mkdir(const char *path, mode_t mode) {
    pthread_mutex_lock(&lock);
    int result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (result == 0 && ours(path)) emit('M', 0, 0, path, strlen(path));
    pthread_mutex_unlock(&lock);
    return result;
}

#define CANNOT(condition, name) if (condition) { pthread_mutex_lock(&lock); unfollowed(name); pthread_mutex_unlock(&lock); }
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    CANNOT(tracked(fd) && (protection & PROT_WRITE) && (flags & MAP_SHARED), "mmap")
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
    return mmap(address, length, protection, flags, fd, offset);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    CANNOT(tracked(fd) || (trace >= 0 && fd == 1), "writev")
    return syscall(SYS_writev, fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    CANNOT(tracked(fd), "pwritev")
    return REAL(pwritev)(fd, parts, count, offset);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return pwritev(fd, parts, count, offset); }
int fallocate(int fd, int mode, off_t offset, off_t length) {
    CANNOT(tracked(fd), "fallocate")
    return (int)syscall(SYS_fallocate, fd, mode, offset, length);
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return fallocate(fd, mode, offset, length); }
int posix_fallocate(int fd, off_t offset, off_t length) { return fallocate(fd, 0, offset, length) ? errno : 0; }
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }
ssize_t copy_file_range(int from, off64_t *a, int to, off64_t *b, size_t length, unsigned flags) {
    CANNOT(tracked(to), "copy_file_range")
    return syscall(SYS_copy_file_range, from, a, to, b, length, flags);
}
