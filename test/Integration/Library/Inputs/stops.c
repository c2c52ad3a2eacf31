/* Calls a library whose model takes at most 900 numbers from 0 to 99 and says
 * so, by an assertion before its loop and by one in it, which allocates unless
 * SERIAL is defined. Linked with --wrap, which takes the memory away. */

#include "stops.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000 };

static int refuses = 0;

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);

void *__wrap_malloc(size_t bytes) {
  return refuses ? NULL : __real_malloc(bytes);
}

static int failures = 0;

static void check(int holds, const char *what) {
  if (!holds) {
    printf("not so: %s\n", what);
    ++failures;
  }
}

/* The status of a call with `count` numbers, of which one may be wrong. */
static int call(int64_t count, int32_t odd) {
  int32_t x[MOST], y[MOST];
  for (int64_t i = 0; i < count; ++i) {
    x[i] = (int32_t)(i % 100);
    y[i] = -7;
  }
  x[count / 2] = odd;
  int status = stops_main(count, x, y, NULL, 0);
  for (int64_t i = 0; i < count && status == STOPS_OK; ++i)
    check(y[i] == x[i] + 1, "the answers");
  return status;
}

static void *call_often(void *failed) {
  for (int i = 0; i < 50; ++i) {
    *(int *)failed |= call(900, 5) != STOPS_OK;
    *(int *)failed |= call(900, 100) != STOPS_STOPPED;
    *(int *)failed |= strcmp(stops_message(), "expected numbers below 100") != 0;
    *(int *)failed |= call(901, 5) != STOPS_STOPPED;
    *(int *)failed |= strcmp(stops_message(), "expected at most 900 rows") != 0;
  }
  return NULL;
}

int main(void) {
  static char workspace[1 << 20];
  int32_t x[4] = {1, 2, 3, 4}, y[4] = {0, 0, 0, 0};
  int failed[2] = {0, 0};
  pthread_t other;
  if (pthread_create(&other, NULL, call_often, &failed[0]) != 0)
    return 2;
  call_often(&failed[1]);
  pthread_join(other, NULL);
  check(!failed[0] && !failed[1], "a status for each call");

  refuses = 1;
  check(call(4, 1) == STOPS_NO_MEMORY, "no memory for a workspace");
  check(stops_main_workspace_size(4) <= sizeof(workspace), "room");
#ifndef SERIAL
  check(stops_main(4, x, y, workspace, sizeof(workspace)) == STOPS_NO_MEMORY,
        "no memory in the loop");
#endif
  refuses = 0;
  int status = stops_main(4, x, y, workspace, sizeof(workspace));
  check(status == STOPS_OK && y[3] == 5, "memory again");
  if (failures == 0)
    printf("a call that stops returns\n");
  return failures != 0;
}
