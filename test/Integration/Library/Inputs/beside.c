/* Opens the weights of a library, refuses others, and compares with what Keras
 * answered: check OURS OTHER INPUT OUTPUT. */

#include "digits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 360, MOST = 1 << 20 };

static float input[ROWS * DIGITS_MAIN_IN_INPUT_LAYER_SIZE_1];
static float expected[ROWS * DIGITS_MAIN_OUT_DENSE_MML_1_SIZE_1];
static float actual[ROWS * DIGITS_MAIN_OUT_DENSE_MML_1_SIZE_1];
static char memory[MOST + 128];
static int failures = 0;

static void check(int holds, const char *what) {
  if (!holds) {
    printf("not so: %s\n", what);
    ++failures;
  }
}

static size_t read_file(const char *path, void *target, size_t most) {
  FILE *file = fopen(path, "rb");
  size_t count = file ? fread(target, 1, most, file) : 0;
  if (file)
    fclose(file);
  return count;
}

static int write_file(const char *path, const void *source, size_t size) {
  FILE *file = fopen(path, "wb");
  size_t count = file ? fwrite(source, 1, size, file) : 0;
  return file && fclose(file) == 0 && count == size;
}

static int call(void) {
  memset(actual, 0, sizeof(actual));
  return digits_main(ROWS, input, actual, NULL, 0);
}

static int is_right(void) {
  for (size_t i = 0; i < sizeof(actual) / sizeof(float); ++i)
    if (!(actual[i] - expected[i] <= 1e-5f && expected[i] - actual[i] <= 1e-5f))
      return 0;
  return 1;
}

int main(int argc, char **argv) {
  char changed[1024];
  char *aligned = memory + (64 - (size_t)memory % 64);
  size_t size;
  if (argc != 5 || read_file(argv[3], input, sizeof(input)) != sizeof(input) ||
      read_file(argv[4], expected, sizeof(expected)) != sizeof(expected))
    return 2;
  size = read_file(argv[1], aligned, MOST);
  snprintf(changed, sizeof(changed), "%s.changed", argv[1]);

  check(call() == DIGITS_NO_WEIGHTS, "a call before there are weights");
  check(digits_open_weights("/nowhere") == DIGITS_NO_FILE, "no file");
  check(digits_open_weights(argv[2]) == DIGITS_BAD_WEIGHTS, "another's file");
  check(write_file(changed, aligned, size - 1) &&
            digits_open_weights(changed) == DIGITS_BAD_WEIGHTS,
        "a file that lacks a byte");
  check(write_file(changed, aligned, 0) &&
            digits_open_weights(changed) == DIGITS_BAD_WEIGHTS,
        "an empty file");
  for (int word = 0; word < 3; ++word) {
    aligned[8 * word] ^= 1;
    check(write_file(changed, aligned, size) &&
              digits_open_weights(changed) == DIGITS_BAD_WEIGHTS,
          "a file of another kind");
    check(digits_set_weights(aligned, size) == DIGITS_BAD_WEIGHTS,
          "memory of another kind");
    aligned[8 * word] ^= 1;
  }
  check(digits_set_weights(NULL, size) == DIGITS_BAD_WEIGHTS, "no memory");
  check(digits_set_weights(aligned, size - 1) == DIGITS_BAD_WEIGHTS,
        "memory that is too small");
  check(digits_set_weights(aligned, 0) == DIGITS_BAD_WEIGHTS, "no bytes");
  check(call() == DIGITS_NO_WEIGHTS, "a call after what was refused");

  check(digits_open_weights(argv[1]) == DIGITS_OK, "the file");
  check(call() == DIGITS_OK && is_right(), "the answers with the file");
  digits_close_weights();
  check(call() == DIGITS_NO_WEIGHTS, "a call after the end");
  digits_close_weights();

  check(digits_set_weights(aligned, size) == DIGITS_OK, "memory");
  check(call() == DIGITS_OK && is_right(), "the answers with memory");
  digits_close_weights();

  /* Each takes the place of the one before, and memory stays the caller's. */
  check(digits_open_weights(argv[1]) == DIGITS_OK &&
            digits_open_weights(argv[1]) == DIGITS_OK,
        "the file twice");
  check(digits_set_weights(aligned, size) == DIGITS_OK, "memory after the file");
  digits_close_weights();
  check(aligned[0] == 'M', "memory after the end");
  check(digits_set_weights(aligned, size) == DIGITS_OK &&
            digits_open_weights(argv[1]) == DIGITS_OK,
        "the file after memory");
  check(call() == DIGITS_OK && is_right(), "the answers after all of these");
  digits_close_weights();
  check(aligned[0] == 'M', "memory after the file's end");

  memmove(aligned + 1, aligned, size);
  check(digits_set_weights(aligned + 1, size) == DIGITS_BAD_WEIGHTS,
        "memory that is not aligned");
  if (failures == 0)
    printf("the library answers as Keras does with the weights of the file\n");
  return failures != 0;
}
