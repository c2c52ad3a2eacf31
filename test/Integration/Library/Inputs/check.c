/* Calls a model with and without a workspace, in two threads at once, and
 * compares with what Keras answered. Linked with --wrap, which tells what is
 * allocated. */

#include "digits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 360, GUARD = 64 };

static float input[ROWS * DIGITS_MAIN_IN_INPUT_LAYER_SIZE_1];
static float expected[ROWS * DIGITS_MAIN_OUT_DENSE_MML_1_SIZE_1];
static float first[ROWS * DIGITS_MAIN_OUT_DENSE_MML_1_SIZE_1];
static float second[ROWS * DIGITS_MAIN_OUT_DENSE_MML_1_SIZE_1];

static int allocations = 0;
static int refuses = 0;

void *__real_malloc(size_t bytes);
void __real_free(void *memory);
void *__wrap_malloc(size_t bytes);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t bytes) {
  ++allocations;
  return refuses ? NULL : __real_malloc(bytes);
}

void __wrap_free(void *memory) { __real_free(memory); }

static int read_floats(const char *path, float *numbers, size_t count) {
  FILE *file = fopen(path, "rb");
  size_t got = file ? fread(numbers, sizeof(float), count, file) : 0;
  if (file)
    fclose(file);
  return got == count;
}

static int failures = 0;

static void check(int holds, const char *what) {
  if (!holds) {
    printf("not so: %s\n", what);
    ++failures;
  }
}

static int is_close(const float *actual, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (!(actual[i] - expected[i] <= 1e-5f && expected[i] - actual[i] <= 1e-5f))
      return 0;
  return 1;
}

static void *call_often(void *result) {
  size_t bytes = digits_main_workspace_size(ROWS);
  char *workspace = __real_malloc(bytes);
  int status = 0;
  for (int i = 0; i < 20; ++i)
    status |= digits_main(ROWS, input, result, workspace, bytes);
  __real_free(workspace);
  return status == DIGITS_OK ? result : NULL;
}

static void check_workspaces(void) {
  size_t count = sizeof(expected) / sizeof(float);
  size_t bytes = digits_main_workspace_size(ROWS);
  allocations = 0;
  check(digits_main(ROWS, input, first, NULL, 0) == DIGITS_OK, "no workspace");
  check(allocations == 1, "one allocation for a workspace");
  check(is_close(first, count), "the answers without a workspace");

  /* Wherever it begins, nothing behind it is written and nothing allocated. */
  char *memory = __real_malloc(bytes + 2 * GUARD);
  allocations = 0;
  for (size_t shift = 0; shift < GUARD; shift += 7) {
    memset(memory, 0x5a, bytes + 2 * GUARD);
    memset(second, 0, sizeof(second));
    check(digits_main(ROWS, input, second, memory + shift, bytes) == DIGITS_OK,
          "a workspace");
    check(memcmp(first, second, sizeof(first)) == 0, "the same answers");
    for (size_t i = 0; i < bytes + 2 * GUARD; ++i)
      if ((i < shift || i >= shift + bytes) && memory[i] != 0x5a) {
        check(0, "writes within the workspace");
        break;
      }
  }
  check(allocations == 0, "no allocation with a workspace");
  check(digits_main(ROWS, input, second, memory, bytes - 1) ==
            DIGITS_WORKSPACE_TOO_SMALL,
        "a workspace that is too small");
  __real_free(memory);

  refuses = 1;
  check(digits_main(ROWS, input, second, NULL, 0) == DIGITS_NO_MEMORY,
        "no memory");
  refuses = 0;
}

static void check_batches(void) {
  check(digits_main_workspace_size(-1) == 0, "no size of a negative batch");
  check(digits_main(-1, input, second, NULL, 0) == DIGITS_BAD_BATCH,
        "a negative batch");
  check(digits_main((int64_t)1 << 40, input, second, NULL, 0) ==
            DIGITS_BAD_BATCH,
        "a batch that is too large");
  for (int64_t batch = 0; batch <= 40; ++batch) {
    size_t count = (size_t)batch * DIGITS_MAIN_OUT_DENSE_MML_1_SIZE_1;
    second[count] = -7;
    check(digits_main(batch, input, second, NULL, 0) == DIGITS_OK, "a batch");
    check(is_close(second, count) && second[count] == -7, "a batch's answers");
  }
}

int main(int argc, char **argv) {
  pthread_t other;
  void *result = NULL;
  if (argc != 3 ||
      !read_floats(argv[1], input, sizeof(input) / sizeof(float)) ||
      !read_floats(argv[2], expected, sizeof(expected) / sizeof(float))) {
    printf("expected the floats of an input and of an output\n");
    return 2;
  }
  check_workspaces();
  check_batches();

  allocations = 0;
  if (pthread_create(&other, NULL, call_often, second) != 0)
    return 2;
  check(call_often(first) != NULL, "calls in this thread");
  pthread_join(other, &result);
  check(result != NULL, "calls in another thread");
  check(memcmp(first, second, sizeof(first)) == 0, "answers of two threads");
  if (failures == 0)
    printf("the library answers as Keras does, with %s\n",
           digits_main_workspace_size(1) < digits_main_workspace_size(100)
               ? "a workspace that grows with the batch"
               : "a workspace of one size");
  return failures != 0;
}
