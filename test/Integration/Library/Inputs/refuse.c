/* Memory for a library that is to allocate none. */

#include <stdlib.h>

void *__wrap_malloc(size_t bytes);

void *__wrap_malloc(size_t bytes) {
  (void)bytes;
  abort();
}
