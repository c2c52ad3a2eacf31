/* Compiles models and calls them; what goes wrong is an error, whatever LLVM
 * thinks of it. */

#include "check.h"

#include "mml-c/Dialect.h"
#include "mml-c/Execution.h"
#include "mml-c/Passes.h"

static void count(MlirStringRef text, void *userData) {
  *(size_t *)userData += text.length;
}

/* y[i, j] = x[i, 0] + x[i, 1] + ... for two inputs of any, but the same size.
 */
static const char *const sums =
    "func.func @sums(%x: tensor<?x?xf32>, %y: tensor<?xf32>)"
    " -> tensor<?xf32> {\n"
    "  %z = mml.einsum \"ab,b->a\" %x, %y"
    " : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?xf32>\n"
    "  return %z : tensor<?xf32>\n"
    "}\n";

/* y[i] = x[i] in a parallel loop that stops at a hundred. */
static const char *const some =
    "func.func @some(%x: tensor<?xf32>) -> tensor<?xf32> {\n"
    "  %c0 = arith.constant 0 : index\n"
    "  %c100 = arith.constant 100 : index\n"
    "  %n = tensor.dim %x, %c0 : tensor<?xf32>\n"
    "  %e = tensor.empty(%n) : tensor<?xf32>\n"
    "  %y = scf.forall (%i) in (%n) shared_outs(%o = %e) -> tensor<?xf32> {\n"
    "    %fits = arith.cmpi ult, %i, %c100 : index\n"
    "    cf.assert %fits, \"expected at most 100 numbers\"\n"
    "    %v = tensor.extract_slice %x[%i] [1] [1]"
    " : tensor<?xf32> to tensor<1xf32>\n"
    "    scf.forall.in_parallel {\n"
    "      tensor.parallel_insert_slice %v into %o[%i] [1] [1]"
    " : tensor<1xf32> into tensor<?xf32>\n"
    "    }\n"
    "  }\n"
    "  return %y : tensor<?xf32>\n"
    "}\n";

/* An instruction that x86-64 without extensions has not. */
static const char *const impossible =
    "llvm.func @f(%x: vector<16xi32>, %a: vector<64xi8>)"
    " -> vector<16xi32> {\n"
    "  %0 = llvm.call_intrinsic \"llvm.x86.avx512.vpdpbusd.512\"(%x, %a, %a)"
    " : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>\n"
    "  llvm.return %0 : vector<16xi32>\n"
    "}\n";

static MmlTensor makeFloats(intptr_t rank, const int64_t *shape) {
  struct Errors errors;
  MmlTensor tensor = mmlTensorCreate(MmlF32, rank, shape, handler(&errors));
  CHECK(errors.count == 0);
  float *data = mmlTensorGetData(tensor);
  for (int64_t i = 0; i < mmlTensorGetNumElements(tensor); ++i)
    data[i] = (float)i;
  return tensor;
}

static void testSums(MlirContext context) {
  struct Errors errors;
  MlirModule module =
      mmlParseModule(context, ref(sums), ref("sums.mlir"), handler(&errors));
  MmlOptions options = mmlOptionsCreate(handler(&errors));
  MmlModel model = mmlModelCompile(module, options, handler(&errors));
  CHECK(errors.count == 0 && model.ptr != NULL);
  mlirModuleDestroy(module);
  mmlOptionsDestroy(options);

  CHECK(mmlModelGetNumInputs(model) == 2 && mmlModelGetNumOutputs(model) == 1);
  MmlTensorSpec input = mmlModelGetInput(model, 0);
  CHECK(input.dtype == MmlF32 && input.rank == 2 && input.shape[0] == -1);
  printf("input %.*s\n", (int)input.name.length, input.name.data);
  MmlTensorSpec output = mmlModelGetOutput(model, 0);
  CHECK(output.dtype == MmlF32 && output.rank == 1);

  int64_t shape[2] = {2, 3}, short_shape[1] = {2}, long_shape[1] = {3};
  MmlTensor inputs[2] = {makeFloats(2, shape), makeFloats(1, long_shape)};
  MmlTensor result = {NULL};
  mmlModelSetNumThreads(model, 1);
  CHECK(mlirLogicalResultIsSuccess(
      mmlModelRun(model, 2, inputs, 1, &result, handler(&errors))));
  CHECK(mmlTensorGetDType(result) == MmlF32 && mmlTensorGetRank(result) == 1 &&
        mmlTensorGetShape(result)[0] == 2 && mmlTensorGetByteSize(result) == 8);
  const float *data = mmlTensorGetData(result);
  printf("sums %g %g\n", data[0], data[1]);
  mmlTensorDestroy(result);

  /* The model itself refuses what only it can know. */
  MmlTensor bad[2] = {inputs[0], makeFloats(1, short_shape)};
  result.ptr = NULL;
  CHECK(mlirLogicalResultIsFailure(
      mmlModelRun(model, 2, bad, 1, &result, handler(&errors))));
  ERROR("stop", errors);
  CHECK(result.ptr == NULL);
  CHECK(mlirLogicalResultIsSuccess(
      mmlModelRun(model, 2, inputs, 1, &result, handler(&errors))));
  mmlTensorDestroy(result);

  CHECK(mlirLogicalResultIsFailure(
      mmlModelRun(model, 1, inputs, 1, &result, handler(&errors))));
  ERROR("inputs", errors);
  CHECK(mlirLogicalResultIsFailure(
      mmlModelRun(model, 2, inputs, 2, &result, handler(&errors))));
  ERROR("outputs", errors);
  MmlTensor swapped[2] = {inputs[1], inputs[0]};
  CHECK(mlirLogicalResultIsFailure(
      mmlModelRun(model, 2, swapped, 1, &result, handler(&errors))));
  ERROR("rank", errors);
  MmlTensor none[2] = {{NULL}, {NULL}};
  CHECK(mlirLogicalResultIsFailure(
      mmlModelRun(model, 2, none, 1, &result, handler(&errors))));
  ERROR("null", errors);

  mmlTensorDestroy(bad[1]);
  mmlTensorDestroy(inputs[0]);
  mmlTensorDestroy(inputs[1]);
  mmlModelDestroy(model);
}

static void testParallelLoops(MlirContext context) {
  struct Errors errors;
  MlirModule module =
      mmlParseModule(context, ref(some), ref("some.mlir"), handler(&errors));
  MmlOptions options = mmlOptionsCreate(handler(&errors));
  MmlModel model = mmlModelCompile(module, options, handler(&errors));
  CHECK(errors.count == 0 && model.ptr != NULL);
  mlirModuleDestroy(module);
  mmlOptionsDestroy(options);
  for (unsigned threads = 0; threads < 4; ++threads) {
    int64_t fits[1] = {100}, large[1] = {1000};
    MmlTensor x = makeFloats(1, large), result = {NULL};
    mmlModelSetNumThreads(model, threads);
    CHECK(mlirLogicalResultIsFailure(
        mmlModelRun(model, 1, &x, 1, &result, handler(&errors))));
    if (threads == 0)
      ERROR("loop", errors);
    CHECK(errors.count == 1 && result.ptr == NULL);
    mmlTensorDestroy(x);
    x = makeFloats(1, fits);
    CHECK(mlirLogicalResultIsSuccess(
        mmlModelRun(model, 1, &x, 1, &result, handler(&errors))));
    CHECK(memcmp(mmlTensorGetData(x), mmlTensorGetData(result), 400) == 0);
    mmlTensorDestroy(x);
    mmlTensorDestroy(result);
  }
  mmlModelDestroy(model);
}

static void testTensors(const char *path) {
  struct Errors errors;
  int64_t shape[2] = {3, -1}, huge[2] = {INT64_MAX, 4};
  int64_t large[1] = {INT64_MAX / 2};
  CHECK(mmlTensorCreate(MmlF32, 2, shape, handler(&errors)).ptr == NULL);
  ERROR("negative", errors);
  CHECK(mmlTensorCreate(MmlF32, 2, huge, handler(&errors)).ptr == NULL);
  ERROR("overflow", errors);
  CHECK(mmlTensorCreate(MmlI8, 1, large, handler(&errors)).ptr == NULL);
  ERROR("memory", errors);
  CHECK(mmlTensorCreate((MmlDType)40, 0, NULL, handler(&errors)).ptr == NULL);
  ERROR("dtype", errors);
  CHECK(mmlTensorCreate(MmlI8, -1, NULL, handler(&errors)).ptr == NULL);
  ERROR("minus", errors);
  MmlTensor null = {NULL};
  mmlTensorDestroy(null);

  int64_t small[2] = {2, 3};
  MmlTensor written = makeFloats(2, small);
  CHECK(mlirLogicalResultIsSuccess(
      mmlTensorWriteNpy(written, ref(path), handler(&errors))));
  MmlTensor read = mmlTensorReadNpy(ref(path), handler(&errors));
  CHECK(errors.count == 0 && mmlTensorGetRank(read) == 2);
  CHECK(memcmp(mmlTensorGetData(written), mmlTensorGetData(read), 24) == 0);
  mmlTensorDestroy(written);
  CHECK(mlirLogicalResultIsFailure(
      mmlTensorWriteNpy(read, ref("/dev/full"), handler(&errors))));
  ERROR("full", errors);
  mmlTensorDestroy(read);
  CHECK(mmlTensorReadNpy(ref("absent.npy"), handler(&errors)).ptr == NULL);
  ERROR("absent", errors);
}

static void testEmission(MlirContext context) {
  struct Errors errors;
  size_t bytes = 0;
  MmlOptions options = mmlOptionsCreate(handler(&errors));
  MlirModule module =
      mmlParseModule(context, ref(sums), ref("sums.mlir"), handler(&errors));
  mmlOptionsSetParallel(options, false);
  mmlOptionsSetTarget(options, ref("aarch64-linux-gnu"), ref(""),
                      ref("+dotprod"));
  CHECK(mlirLogicalResultIsSuccess(mmlEmit(module, options, MmlOutputObject,
                                           count, &bytes, handler(&errors))));
  CHECK(bytes > 500);

  mmlOptionsSetTarget(options, ref("riscv64-linux-gnu"), ref(""), ref(""));
  CHECK(mlirLogicalResultIsFailure(mmlEmit(module, options, MmlOutputObject,
                                           count, &bytes, handler(&errors))));
  ERROR("triple", errors);
  mmlOptionsSetTarget(options, ref(""), ref("i486dx"), ref(""));
  CHECK(mmlModelCompile(module, options, handler(&errors)).ptr == NULL);
  ERROR("cpu", errors);
  mmlOptionsSetTarget(options, ref(""), ref(""), ref(""));
  mmlOptionsSetEntry(options, ref("main"));
  CHECK(mmlModelCompile(module, options, handler(&errors)).ptr == NULL);
  ERROR("entry", errors);
  mmlOptionsSetKernel(options, (MmlKernel)17);
  CHECK(mmlModelCompile(module, options, handler(&errors)).ptr == NULL);
  ERROR("kernel", errors);
  mmlOptionsSetKernel(options, MmlKernelAuto);
  mlirModuleDestroy(module);

  /* LLVM ends programs by this. */
  module = mmlParseModule(context, ref(impossible), ref("impossible.mlir"),
                          handler(&errors));
  CHECK(errors.count == 0);
  mmlOptionsSetTarget(options, ref("x86_64-linux-gnu"), ref("x86-64"), ref(""));
  for (int i = 0; i < 3; ++i)
    CHECK(mlirLogicalResultIsFailure(mmlEmit(module, options, MmlOutputObject,
                                             count, &bytes, handler(&errors))));
  ERROR("fatal", errors);
  mlirModuleDestroy(module);
  mmlOptionsDestroy(options);
}

int main(int argc, char **argv) {
  struct Errors errors;
  if (argc != 2)
    return 2;
  MlirContext context = mmlContextCreate(handler(&errors));
  testTensors(argv[1]);
  testSums(context);
  testParallelLoops(context);
  testEmission(context);
  testSums(context);
  mlirContextDestroy(context);
  return failures != 0;
}
