/* Linked with -z initfirst and preloaded with libasan: without it the sanitizer starts inside a malloc that another
 * library's constructor calls while it holds a lock of libc, and the process hangs. */
#include <stdlib.h>

__attribute__((constructor)) static void first(void) {
  void *volatile p = malloc(1);
  free(p);
}
