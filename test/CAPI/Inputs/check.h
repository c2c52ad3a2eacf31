/* What the programs of these tests share: checks that say where they failed,
 * and a handler that keeps the last error. */

#ifndef CHECK_H
#define CHECK_H

#include "mml-c/Support.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      printf("line %d: %s\n", __LINE__, #condition);                           \
      ++failures;                                                              \
    }                                                                          \
  } while (0)

/* Keeps the message, and how often there was one. */
struct Errors {
  char text[1024];
  int count;
};

static void keep(MlirStringRef message, void *userData) {
  struct Errors *errors = userData;
  size_t length = message.length;
  if (length >= sizeof(errors->text))
    length = sizeof(errors->text) - 1;
  memcpy(errors->text, message.data, length);
  errors->text[length] = 0;
  ++errors->count;
}

static MmlErrorHandler handler(struct Errors *errors) {
  MmlErrorHandler result;
  result.callback = keep;
  result.userData = errors;
  errors->text[0] = 0;
  errors->count = 0;
  return result;
}

static MlirStringRef ref(const char *text) {
  return mlirStringRefCreate(text, strlen(text));
}

/* Checks that there was one error, and prints it for FileCheck. */
#define ERROR(name, errors)                                                    \
  do {                                                                         \
    if ((errors).count != 1) {                                                 \
      printf("line %d: %d errors\n", __LINE__, (errors).count);                \
      ++failures;                                                              \
    }                                                                          \
    printf("%s: %s\n", name, (errors).text);                                   \
  } while (0)

#endif
