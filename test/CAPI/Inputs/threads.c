/* Two threads, each with a context of its own, import, compile and run at once.
 */

#include "check.h"

#include "mml-c/Dialect.h"
#include "mml-c/Execution.h"
#include "mml-c/Passes.h"

#include <pthread.h>
#include <stdlib.h>

struct Job {
  const char *model;
  const char *input;
  MmlKernel kernel;
  /* The outputs of the last round; all have to be the same. */
  float *outputs;
  int64_t count;
  int failures;
};

/* Prints the error of a step where `done` is false, and returns `done`. */
static int check(const char *step, int done, const struct Errors *errors) {
  if (!done)
    printf("%s: error: %s\n", step, errors->text);
  return done;
}

/* The answer to `input` is the same in each round. */
static int run(struct Job *job, MmlModel model, MmlTensor input) {
  struct Errors errors;
  MmlTensor output = {NULL};
  MlirLogicalResult result =
      mmlModelRun(model, 1, &input, 1, &output, handler(&errors));
  int64_t count;
  int failed;
  if (!check("run", mlirLogicalResultIsSuccess(result), &errors))
    return 1;
  count = mmlTensorGetNumElements(output);
  failed = job->outputs && (job->count != count ||
                            memcmp(job->outputs, mmlTensorGetData(output),
                                   (size_t)mmlTensorGetByteSize(output)) != 0);
  if (failed)
    printf("run: another answer\n");
  job->outputs = realloc(job->outputs, (size_t)mmlTensorGetByteSize(output));
  memcpy(job->outputs, mmlTensorGetData(output),
         (size_t)mmlTensorGetByteSize(output));
  job->count = count;
  mmlTensorDestroy(output);
  /* An error disturbs nobody. */
  output.ptr = NULL;
  result = mmlModelRun(model, 0, NULL, 1, &output, handler(&errors));
  failed |=
      !check("run without inputs", mlirLogicalResultIsFailure(result), &errors);
  mmlTensorDestroy(output);
  return failed;
}

/* One import, compilation and run. */
static int compileAndRun(struct Job *job) {
  struct Errors errors;
  int failed = 1;
  MmlModel model = {NULL};
  MmlTensor input = {NULL};
  MlirContext context = mmlContextCreate(handler(&errors));
  MlirModule module =
      mmlImportKerasFile(context, ref(job->model), ref(""), handler(&errors));
  MmlOptions options = {NULL};
  if (check("import", module.ptr != NULL, &errors)) {
    options = mmlOptionsCreate(handler(&errors));
    mmlOptionsSetKernel(options, job->kernel);
    mmlOptionsSetParallel(options, false);
    model = mmlModelCompile(module, options, handler(&errors));
    if (check("compile", model.ptr != NULL, &errors)) {
      input = mmlTensorReadNpy(ref(job->input), handler(&errors));
      if (check("read", input.ptr != NULL, &errors))
        failed = run(job, model, input);
    }
  }
  mmlTensorDestroy(input);
  mmlModelDestroy(model);
  mmlOptionsDestroy(options);
  mlirModuleDestroy(module);
  mlirContextDestroy(context);
  return failed;
}

static void *work(void *data) {
  struct Job *job = data;
  for (int round = 0; round < 3; ++round)
    job->failures += compileAndRun(job);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t other;
  struct Job jobs[2];
  if (argc != 3)
    return 2;
  memset(jobs, 0, sizeof(jobs));
  for (int i = 0; i < 2; ++i) {
    jobs[i].model = argv[1];
    jobs[i].input = argv[2];
    jobs[i].kernel = i == 0 ? MmlKernelAddSub : MmlKernelAuto;
  }
  CHECK(pthread_create(&other, NULL, work, &jobs[1]) == 0);
  work(&jobs[0]);
  CHECK(pthread_join(other, NULL) == 0);

  /* Whatever the kernel, the integers are the same, and so are the answers. */
  CHECK(jobs[0].failures == 0 && jobs[1].failures == 0);
  CHECK(jobs[0].count > 0 && jobs[0].count == jobs[1].count);
  if (jobs[0].count == jobs[1].count)
    CHECK(memcmp(jobs[0].outputs, jobs[1].outputs,
                 (size_t)jobs[0].count * sizeof(float)) == 0);
  free(jobs[0].outputs);
  free(jobs[1].outputs);
  if (failures == 0)
    printf("two threads agree on %d numbers\n", (int)jobs[0].count);
  return failures != 0;
}
