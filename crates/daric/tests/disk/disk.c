/* A disk that can fail: what was written and not flushed since is lost when the power goes, and a flush can be told to fail.
 *
 * Preloaded into the server. For each file under DISK_ROOT it keeps, under DISK_STATE, what is on the disk for sure (NAME.durable) and which
 * pages are dirty (NAME.dirty, a byte a page), over restarts of the server, as the system's page cache does. A flush copies the dirty pages;
 * one that fails forgets that they were dirty, as Linux does. The number in DISK_STATE/fail, counted down at each flush, says which one
 * fails: 1 is the next.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES (1 << 16)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *state;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_ftruncate)(int, off_t);

__attribute__((constructor)) static void begin(void) {
    root = getenv("DISK_ROOT");
    state = getenv("DISK_STATE");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
}

/* The name of a regular file of the store; 0: the file is not one of the store. */
static int named(int fd, char *name, size_t size) {
    char link[64], path[4096];
    struct stat about;
    if (!root || !state) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    size_t prefix = strlen(root);
    if (strncmp(path, root, prefix) || path[prefix] != '/') return 0;
    if (fstat(fd, &about) || !S_ISREG(about.st_mode)) return 0;
    const char *rest = path + prefix + 1;
    if (strchr(rest, '/') || strstr(rest, "-shm")) return 0;
    snprintf(name, size, "%s/%s", state, rest);
    return 1;
}

static unsigned char *dirty_of(const char *name) {
    char path[4200];
    snprintf(path, sizeof path, "%s.dirty", name);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || real_ftruncate(fd, PAGES)) abort();
    unsigned char *map = mmap(NULL, PAGES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) abort();
    close(fd);
    return map;
}

static void mark(int fd, off_t from, off_t to) {
    char name[4096];
    if (from >= to || !named(fd, name, sizeof name)) return;
    pthread_mutex_lock(&lock);
    unsigned char *dirty = dirty_of(name);
    for (off_t page = from / PAGE; page <= (to - 1) / PAGE && page < PAGES; page++) dirty[page] = 1;
    munmap(dirty, PAGES);
    pthread_mutex_unlock(&lock);
}

/* Whether this flush fails. */
static int fails(void) {
    char path[4200], text[32] = {0};
    snprintf(path, sizeof path, "%s/fail", state);
    int fd = open(path, O_RDWR);
    if (fd < 0) return 0;
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    long left = length > 0 ? atol(text) : 0;
    if (left > 0) {
        int written = snprintf(text, sizeof text, "%ld\n", left - 1);
        real_ftruncate(fd, 0);
        if (real_pwrite(fd, text, written, 0) != written) abort();
    }
    close(fd);
    return left == 1;
}

static int flush(int fd, int (*real)(int)) {
    char name[4096], path[4200], page[PAGE];
    if (!named(fd, name, sizeof name)) return real(fd);
    pthread_mutex_lock(&lock);
    unsigned char *dirty = dirty_of(name);
    int failed = fails();
    if (failed) {
        memset(dirty, 0, PAGES);
    } else {
        struct stat about;
        snprintf(path, sizeof path, "%s.durable", name);
        int durable = open(path, O_RDWR | O_CREAT, 0600);
        /* The file may be open for writing alone: it is read through another descriptor. */
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        int source = open(link, O_RDONLY);
        if (durable < 0 || source < 0 || fstat(fd, &about)) abort();
        for (off_t at = 0; at < PAGES; at++) {
            if (!dirty[at]) continue;
            ssize_t count = pread(source, page, PAGE, at * PAGE);
            if (count > 0 && real_pwrite(durable, page, count, at * PAGE) != count) abort();
            dirty[at] = 0;
        }
        if (real_ftruncate(durable, about.st_size)) abort();
        close(source);
        close(durable);
    }
    munmap(dirty, PAGES);
    pthread_mutex_unlock(&lock);
    if (failed) {
        errno = EIO;
        return -1;
    }
    return 0;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    ssize_t done = real_pwrite(fd, bytes, count, at);
    if (done > 0) mark(fd, at, at + done);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t done = real_write(fd, bytes, count);
    if (done > 0 && root) {
        off_t end = lseek(fd, 0, SEEK_CUR);
        if (end >= done) mark(fd, end - done, end);
    }
    return done;
}

int ftruncate64(int fd, off_t length) { return real_ftruncate(fd, length); }
int ftruncate(int fd, off_t length) { return real_ftruncate(fd, length); }
int fdatasync(int fd) { return flush(fd, real_fdatasync); }
int fsync(int fd) { return flush(fd, real_fsync); }
