/* Preloaded into a program (LD_PRELOAD), it writes down what the program asks of the disk below one folder, in order.

   POWERLOSS_ROOT: the folder, as realpath gives it. POWERLOSS_LOG: the file to write to. Each record is a `head`, the path,
   the other path (of a rename), and the data that was written; bench/disklog.py reads them. A call and its record are made
   under one lock, so that the order of the log is the order of the calls of a process. What SQLite keeps in its -shm file is
   left out: it's mapped into memory, is never synced, and is made anew after a crash. */
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
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
#define LONGEST 4096

struct head {
    uint32_t kind, pid;
    uint64_t file, offset, size;
    uint32_t path, other;
} __attribute__((packed));

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t files[MOST_FILES]; /* the inode that a descriptor stands for, if it's below the folder */
static char root[LONGEST];
static size_t root_length;
static int log_fd = -1;

#define REAL(name) ((__typeof__(name) *)real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

static void after_fork(void) { pthread_mutex_init(&lock, NULL); }

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("POWERLOSS_ROOT"), *log = getenv("POWERLOSS_LOG");
    if (!folder || !log || strlen(folder) >= LONGEST) return;
    strcpy(root, folder);
    root_length = strlen(root);
    int fd = REAL(open)(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) abort();
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 900); /* out of the way of programs that count on low numbers */
    if (log_fd < 0) log_fd = fd;
    else REAL(close)(fd);
    pthread_atfork(NULL, NULL, after_fork);
}

static int is_ours(const char *path) {
    size_t length = strlen(path);
    if (log_fd < 0 || strncmp(path, root, root_length) != 0) return 0;
    if (path[root_length] != '/' && path[root_length] != 0) return 0;
    return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static void note(char kind, uint64_t file, uint64_t offset, const char *path, const char *other, const void *data,
                 size_t size) {
    struct head head = {(uint32_t)kind, (uint32_t)getpid(), file, offset, size, path ? strlen(path) : 0,
                        other ? strlen(other) : 0};
    struct iovec parts[4] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)other, head.other},
                             {(void *)data, size}};
    ssize_t whole = (ssize_t)(sizeof head + head.path + head.other + size);
    int kept = errno;
    if (writev(log_fd, parts, 4) != whole) abort(); /* half a log would prove anything */
    errno = kept;
}

/* Write an absolute path for what is named relative to a folder; 0 if it's none of ours. */
static int absolute(int folder, const char *path, char *out) {
    char base[LONGEST], link[64];
    if (!path || log_fd < 0) return 0;
    if (path[0] == '/') {
        if (strlen(path) >= LONGEST) return 0;
        strcpy(out, path);
    } else {
        if (folder == AT_FDCWD) {
            if (!getcwd(base, sizeof base)) return 0;
        } else {
            snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
            ssize_t length = readlink(link, base, sizeof base - 1);
            if (length < 0) return 0;
            base[length] = 0;
        }
        if (snprintf(out, LONGEST, "%s/%s", base, path) >= LONGEST) return 0;
    }
    return is_ours(out);
}

static int opened(int fd, const char *path, int flags, int is_new) {
    struct stat about;
    if (fd < 0 || fd >= MOST_FILES) return fd;
    files[fd] = 0;
    if (fstat(fd, &about) != 0 || !(S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))) return fd;
    files[fd] = about.st_ino;
    if (S_ISDIR(about.st_mode)) {
        note('D', about.st_ino, 0, path, NULL, NULL, 0);
        return fd;
    }
    note(is_new ? 'C' : 'O', about.st_ino, 0, path, NULL, NULL, 0);
    if (!is_new && (flags & O_TRUNC)) note('T', about.st_ino, 0, NULL, NULL, NULL, 0);
    return fd;
}

static int open_noted(int folder, const char *name, int flags, mode_t mode) {
    char path[LONGEST];
    if (!absolute(folder, name, path)) return REAL(openat)(folder, name, flags, mode);
    pthread_mutex_lock(&lock);
    int is_new = (flags & O_CREAT) && access(path, F_OK) != 0;
    int fd = opened(REAL(openat)(folder, name, flags, mode), path, flags, is_new), kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return fd;
}

#define MODE(last) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, last); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) { MODE(flags) return open_noted(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_noted(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return open_noted(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return open_noted(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_noted(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

/* Return the inode if the descriptor is one of ours (and still the same file), else 0. */
static uint64_t inode(int fd) {
    struct stat about;
    if (log_fd < 0 || fd < 0 || fd >= MOST_FILES || !files[fd]) return 0;
    if (fstat(fd, &about) != 0 || about.st_ino != files[fd]) return files[fd] = 0;
    return files[fd];
}

int close(int fd) {
    if (fd >= 0 && fd < MOST_FILES) files[fd] = 0;
    return REAL(close)(fd);
}

#define NOTED(call, on_success) \
    pthread_mutex_lock(&lock); \
    __typeof__(call) done = call; \
    int kept = errno; \
    if (done >= 0) { on_success; } \
    pthread_mutex_unlock(&lock); \
    errno = kept; \
    return done;

ssize_t write(int fd, const void *data, size_t size) {
    uint64_t file = inode(fd);
    if (!file) return REAL(write)(fd, data, size);
    NOTED(REAL(write)(fd, data, size), note('W', file, (uint64_t)(lseek(fd, 0, SEEK_CUR) - done), NULL, NULL, data, (size_t)done))
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    uint64_t file = inode(fd);
    if (!file) return REAL(pwrite)(fd, data, size, offset);
    NOTED(REAL(pwrite)(fd, data, size, offset), note('W', file, (uint64_t)offset, NULL, NULL, data, (size_t)done))
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset) { return pwrite(fd, data, size, offset); }

int ftruncate(int fd, off_t size) {
    uint64_t file = inode(fd);
    if (!file) return REAL(ftruncate)(fd, size);
    NOTED(REAL(ftruncate)(fd, size), note('T', file, (uint64_t)size, NULL, NULL, NULL, 0))
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

int fsync(int fd) {
    uint64_t file = inode(fd);
    if (!file) return REAL(fsync)(fd);
    NOTED(REAL(fsync)(fd), note('S', file, 0, NULL, NULL, NULL, 0))
}

int fdatasync(int fd) {
    uint64_t file = inode(fd);
    if (!file) return REAL(fdatasync)(fd);
    NOTED(REAL(fdatasync)(fd), note('S', file, 0, NULL, NULL, NULL, 0))
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    char old[LONGEST], new[LONGEST];
    if (!absolute(from_folder, from, old) || !absolute(to_folder, to, new))
        return REAL(renameat)(from_folder, from, to_folder, to);
    NOTED(REAL(renameat)(from_folder, from, to_folder, to), note('R', 0, 0, old, new, NULL, 0))
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int unlinkat(int folder, const char *name, int flags) {
    char path[LONGEST];
    if (!absolute(folder, name, path)) return REAL(unlinkat)(folder, name, flags);
    NOTED(REAL(unlinkat)(folder, name, flags), note('U', 0, 0, path, NULL, NULL, 0))
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int folder, const char *name, mode_t mode) {
    char path[LONGEST];
    if (!absolute(folder, name, path)) return REAL(mkdirat)(folder, name, mode);
    NOTED(REAL(mkdirat)(folder, name, mode), note('M', 0, 0, path, NULL, NULL, 0))
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
