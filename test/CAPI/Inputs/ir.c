/* Types, attributes, pipelines and their errors. */

#include "check.h"

#include "mml-c/Dialect.h"
#include "mml-c/Passes.h"

#include "mlir-c/BuiltinAttributes.h"
#include "mlir-c/BuiltinTypes.h"
#include "mlir-c/Pass.h"

static void print(MlirStringRef text, void *userData) {
  (void)userData;
  printf("%.*s", (int)text.length, text.data);
}

static void dump(MlirAttribute attribute) {
  mlirAttributePrint(attribute, print, NULL);
  printf("\n");
}

static void testTypes(MlirContext context) {
  MlirType trit = mmlTritTypeGet(context);
  CHECK(mmlTypeIsATrit(trit));
  CHECK(!mmlTypeIsATrit(mlirF32TypeGet(context)));
  mlirTypePrint(trit, print, NULL);
  printf("\n");
}

static void testTrits(MlirContext context) {
  struct Errors errors;
  static const int8_t values[6] = {-1, 0, 1, 1, 0, -1};
  static const int8_t bad[6] = {-1, 0, 1, 1, 0, 2};
  int8_t back[6] = {0};
  int64_t shape[2] = {3, 2};
  MlirType type = mlirRankedTensorTypeGet(2, shape, mmlTritTypeGet(context),
                                          mlirAttributeGetNull());

  MlirAttribute trits =
      mmlTritsAttrGet(type, 6, values, ref("kernel"), handler(&errors));
  CHECK(errors.count == 0 && mmlAttributeIsATrits(trits));
  dump(trits);
  CHECK(mlirLogicalResultIsSuccess(
      mmlTritsAttrGetValues(trits, 6, back, handler(&errors))));
  CHECK(memcmp(values, back, sizeof(values)) == 0);

  CHECK(mlirLogicalResultIsFailure(
      mmlTritsAttrGetValues(trits, 5, back, handler(&errors))));
  ERROR("room", errors);
  CHECK(mlirAttributeIsNull(
      mmlTritsAttrGet(type, 5, values, ref("kernel"), handler(&errors))));
  ERROR("count", errors);
  CHECK(mlirAttributeIsNull(
      mmlTritsAttrGet(type, 6, bad, ref("kernel"), handler(&errors))));
  ERROR("value", errors);
  CHECK(mlirAttributeIsNull(mmlTritsAttrGet(mlirF32TypeGet(context), 6, values,
                                            ref("kernel"), handler(&errors))));
  ERROR("type", errors);

  MlirAttribute layout =
      mmlLayoutAttrGet(context, MmlLayoutDot, 16, handler(&errors));
  CHECK(mmlAttributeIsALayout(layout));
  MlirAttribute packed =
      mmlTritsAttrWithLayout(trits, layout, handler(&errors));
  CHECK(errors.count == 0);
  dump(packed);
  MlirType packedType =
      mlirRankedTensorTypeGet(2, shape, mmlTritTypeGet(context), layout);
  mlirTypePrint(mmlTritTensorGetStorageType(packedType, handler(&errors)),
                print, NULL);
  printf("\n");
  CHECK(mlirAttributeIsNull(
      mmlTritsAttrWithLayout(packed, layout, handler(&errors))));
  ERROR("packed", errors);
  CHECK(mlirAttributeIsNull(
      mmlTritsAttrWithLayout(trits, trits, handler(&errors))));
  ERROR("layout", errors);
}

static void testAttributes(MlirContext context) {
  struct Errors errors;
  MlirAttribute absMax = mmlAbsMaxAttrGet(
      context, -127, 127, 1e-5, 1e9, MmlGranularityToken, handler(&errors));
  dump(absMax);
  CHECK(mmlAttributeIsAQuantizer(absMax) && !mmlAttributeIsALayout(absMax));
  CHECK(mmlQuantizerAttrGetGranularity(absMax) == MmlGranularityToken);
  CHECK(mmlQuantizerAttrGetLow(absMax) == -127);
  CHECK(mmlQuantizerAttrGetHigh(absMax) == 127);
  MlirAttribute absMean = mmlAbsMeanAttrGet(
      context, 1e-5, 1e9, MmlGranularityChannel, handler(&errors));
  dump(absMean);
  CHECK(mmlTypeIsATrit(mmlQuantizerAttrGetType(absMean)));
  dump(mmlThresholdAttrGetFactor(context, 0.5, MmlGranularityTensor,
                                 handler(&errors)));
  dump(mmlThresholdAttrGetValue(context, 0.25, MmlGranularityTensor,
                                handler(&errors)));
  dump(mmlLayoutAttrGet(context, MmlLayoutTiled, 32, handler(&errors)));
  dump(mmlLayoutAttrGet(context, MmlLayoutLookup, 64, handler(&errors)));
  dump(mmlLayoutAttrGet(context, MmlLayoutWordLookup, 64, handler(&errors)));
  dump(mmlLayoutAttrGet(context, MmlLayoutMixed, 32, handler(&errors)));
  dump(mmlActivationAttrGet(context, ref("silu"), handler(&errors)));
  dump(mmlEquationAttrGet(context, ref("ab,bc -> ac"), handler(&errors)));

  CHECK(mlirAttributeIsNull(mmlAbsMaxAttrGet(
      context, 0, 300, 1e-5, 1e9, MmlGranularityToken, handler(&errors))));
  ERROR("range", errors);
  CHECK(mlirAttributeIsNull(mmlAbsMeanAttrGet(
      context, 1e-5, 1e9, MmlGranularityToken, handler(&errors))));
  ERROR("per", errors);
  CHECK(mlirAttributeIsNull(mmlAbsMeanAttrGet(
      context, 1e-5, 1e9, (MmlGranularity)7, handler(&errors))));
  ERROR("granularity", errors);
  CHECK(mlirAttributeIsNull(mmlThresholdAttrGetFactor(
      context, -1, MmlGranularityTensor, handler(&errors))));
  ERROR("factor", errors);
  CHECK(mlirAttributeIsNull(
      mmlLayoutAttrGet(context, MmlLayoutTiled, 3, handler(&errors))));
  ERROR("rows", errors);
  CHECK(mlirAttributeIsNull(
      mmlLayoutAttrGet(context, (MmlLayout)9, 32, handler(&errors))));
  ERROR("no layout", errors);
  CHECK(mlirAttributeIsNull(
      mmlActivationAttrGet(context, ref("silo"), handler(&errors))));
  ERROR("activation", errors);
  CHECK(mlirAttributeIsNull(
      mmlEquationAttrGet(context, ref("ab,bc->ad"), handler(&errors))));
  ERROR("equation", errors);
}

static const char *const model =
    "func.func @main(%x: tensor<?x8xf32>) -> tensor<?x4xf32> {\n"
    "  %w = mml.constant #mml.trits<dense<1> : tensor<8x4xi8>>"
    " : tensor<8x4x!mml.trit>\n"
    "  %s = arith.constant dense<2.0> : tensor<f32>\n"
    "  %y = mml.dense %x, %w scale(%s divides)"
    " : (tensor<?x8xf32>, tensor<8x4x!mml.trit>, tensor<f32>)"
    " -> tensor<?x4xf32>\n"
    "  return %y : tensor<?x4xf32>\n"
    "}\n";

static void testPipelines(MlirContext context) {
  struct Errors errors;
  MlirModule module =
      mmlParseModule(context, ref(model), ref("model.mlir"), handler(&errors));
  CHECK(errors.count == 0 && !mlirModuleIsNull(module));
  mmlRegisterAllPasses();
  CHECK(mlirLogicalResultIsSuccess(
      mmlRunPipeline(module, ref("builtin.module(mml-decompose-layers,cse)"),
                     handler(&errors))));
  mlirOperationPrint(mlirModuleGetOperation(module), print, NULL);

  /* mlir-c's own way to the same passes. */
  MlirPassManager passes = mlirPassManagerCreate(context);
  CHECK(mlirLogicalResultIsSuccess(mlirParsePassPipeline(
      mlirPassManagerGetAsOpPassManager(passes),
      ref("builtin.module(mml-cpu{kernel=addsub})"), print, NULL)));
  CHECK(mlirLogicalResultIsSuccess(
      mlirPassManagerRunOnOp(passes, mlirModuleGetOperation(module))));
  mlirPassManagerDestroy(passes);
  mlirModuleDestroy(module);

  module =
      mmlParseModule(context, ref(model), ref("model.mlir"), handler(&errors));
  CHECK(mlirLogicalResultIsFailure(mmlRunPipeline(
      module, ref("builtin.module(mml-tpu)"), handler(&errors))));
  ERROR("pipeline", errors);
  CHECK(mlirLogicalResultIsFailure(mmlRunPipeline(
      module, ref("builtin.module(mml-cpu{kernel=fast})"), handler(&errors))));
  ERROR("option", errors);
  CHECK(mlirLogicalResultIsFailure(
      mmlRunPipeline(module, ref("builtin.module(mml-cpu{vector-bits=100})"),
                     handler(&errors))));
  ERROR("bits", errors);
  mlirModuleDestroy(module);
  module.ptr = NULL;
  CHECK(mlirLogicalResultIsFailure(
      mmlRunPipeline(module, ref("builtin.module(cse)"), handler(&errors))));
  ERROR("null", errors);

  CHECK(mlirModuleIsNull(mmlParseModule(context, ref("\n  %x = mml.dense"),
                                        ref("bad.mlir"), handler(&errors))));
  ERROR("parse", errors);
  CHECK(mlirModuleIsNull(mmlImportKerasFile(context, ref("absent.keras"),
                                            ref(""), handler(&errors))));
  ERROR("file", errors);
  CHECK(mlirModuleIsNull(mmlImportKeras(context, ref("PK"), ref(""),
                                        ref("m.keras"), handler(&errors))));
  ERROR("keras", errors);

  /* Nobody has to listen. */
  MmlErrorHandler nobody = {NULL, NULL};
  CHECK(mlirModuleIsNull(
      mmlParseModule(context, ref("x"), ref("bad.mlir"), nobody)));
}

int main(void) {
  struct Errors errors;
  MlirContext context = mmlContextCreate(handler(&errors));
  CHECK(errors.count == 0 && !mlirContextIsNull(context));
  testTypes(context);
  testTrits(context);
  testAttributes(context);
  testPipelines(context);
  mlirContextDestroy(context);

  /* The dialect alone, as other compilers add it to theirs. */
  context = mlirContextCreate();
  mlirDialectHandleLoadDialect(mlirGetDialectHandle__mml__(), context);
  CHECK(mlirContextIsRegisteredOperation(context, ref("mml.dense")));
  CHECK(!mlirContextIsRegisteredOperation(context, ref("scf.for")));
  mlirContextDestroy(context);

  MlirStringRef version = mmlGetVersion();
  printf("version %.*s, API %d\n", (int)version.length, version.data,
         MML_C_API_VERSION);
  return failures != 0;
}
