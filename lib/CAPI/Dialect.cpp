//===- Dialect.cpp - The dialect, its types and attributes in C -----------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml-c/Dialect.h"

#include "Guard.h"

#include "mml/Dialect/MML/IR/MMLDialect.h"
#include "mml/Einsum/Equation.h"
#include "mml/Pipelines/Pipelines.h"
#include "mml/Ternary/Activation.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"

using namespace mlir;
using namespace mlir::mml;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;
using ::mml::capi::attempt;
using ::mml::capi::checkNotNull;
using ::mml::capi::guard;

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(MML, mml, mlir::mml::MMLDialect)

void mmlRegisterAllDialects(MlirDialectRegistry registry) {
  mlir::mml::registerAllDialects(*unwrap(registry));
}

MlirContext mmlContextCreate(MmlErrorHandler onError) {
  return guard<MlirContext>(onError, [] {
    DialectRegistry registry;
    mlir::mml::registerAllDialects(registry);
    auto context = std::make_unique<MLIRContext>(
        registry, MLIRContext::Threading::DISABLED);
    context->loadDialect<MMLDialect>();
    return wrap(context.release());
  });
}

/// The context with the dialect in it.
static Expected<MLIRContext *> load(MlirContext context) {
  if (Error error = checkNotNull(context, "a context"))
    return std::move(error);
  unwrap(context)->loadDialect<MMLDialect>();
  return unwrap(context);
}

/// What `get` makes in `context`; an error is what it reports.
static MlirAttribute
getAttribute(MlirContext context, MmlErrorHandler onError,
             llvm::function_ref<Attribute(MLIRContext *,
                                          function_ref<InFlightDiagnostic()>)>
                 get) {
  return guard<MlirAttribute>(onError, [&]() -> Expected<MlirAttribute> {
    Expected<MLIRContext *> loaded = load(context);
    if (!loaded)
      return loaded.takeError();
    Attribute result;
    Error error = attempt(*loaded, "cannot make this attribute", [&] {
      result =
          get(*loaded, [&] { return emitError(UnknownLoc::get(*loaded)); });
      return success(static_cast<bool>(result));
    });
    if (error)
      return std::move(error);
    return wrap(result);
  });
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

MlirType mmlTritTypeGet(MlirContext context) {
  unwrap(context)->loadDialect<MMLDialect>();
  return wrap(TritType::get(unwrap(context)));
}

bool mmlTypeIsATrit(MlirType type) {
  return isa_and_nonnull<TritType>(unwrap(type));
}

/// `type` as a tensor of trits of static shape.
static Expected<RankedTensorType> getTritTensor(MlirType type) {
  auto tensor = dyn_cast_or_null<RankedTensorType>(unwrap(type));
  if (!tensor || !tensor.hasStaticShape() ||
      !isa<TritType>(tensor.getElementType()))
    return createStringError(
        "expected a ranked tensor of static shape of !mml.trit");
  return tensor;
}

MlirType mmlTritTensorGetStorageType(MlirType type, MmlErrorHandler onError) {
  return guard<MlirType>(onError, [&]() -> Expected<MlirType> {
    Expected<RankedTensorType> tensor = getTritTensor(type);
    if (!tensor)
      return tensor.takeError();
    return wrap(static_cast<Type>(getStorageType(*tensor)));
  });
}

//===----------------------------------------------------------------------===//
// Trits
//===----------------------------------------------------------------------===//

MlirAttribute mmlTritsAttrGet(MlirType type, intptr_t count,
                              const int8_t *trits, MlirStringRef name,
                              MmlErrorHandler onError) {
  return guard<MlirAttribute>(onError, [&]() -> Expected<MlirAttribute> {
    Expected<RankedTensorType> tensor = getTritTensor(type);
    if (!tensor)
      return tensor.takeError();
    if (tensor->getEncoding())
      return createStringError("expected a tensor without a layout");
    if (tensor->getNumElements() != count)
      return createStringError("expected " +
                               llvm::Twine(tensor->getNumElements()) +
                               " trits but got " + llvm::Twine(count));
    Expected<::mml::ternary::TritArray> array =
        ::mml::ternary::TritArray::fromTrits({trits, size_t(count)});
    if (!array)
      return array.takeError();
    return wrap(
        static_cast<Attribute>(TritsAttr::get(*tensor, unwrap(name), *array)));
  });
}

bool mmlAttributeIsATrits(MlirAttribute attribute) {
  return isa_and_nonnull<TritsAttr>(unwrap(attribute));
}

static Expected<TritsAttr> getTrits(MlirAttribute attribute) {
  auto trits = dyn_cast_or_null<TritsAttr>(unwrap(attribute));
  if (!trits || trits.getType().getEncoding())
    return createStringError("expected a #mml.trits without a layout");
  return trits;
}

MlirLogicalResult mmlTritsAttrGetValues(MlirAttribute attribute, intptr_t count,
                                        int8_t *trits,
                                        MmlErrorHandler onError) {
  return wrap(success(guard(onError, [&]() -> Error {
    Expected<TritsAttr> attr = getTrits(attribute);
    if (!attr)
      return attr.takeError();
    FailureOr<::mml::ternary::TritArray> array = attr->getTrits();
    if (failed(array))
      return createStringError("the attribute does not hold trits");
    if (static_cast<intptr_t>(array->size()) != count)
      return createStringError("expected room for " +
                               llvm::Twine(array->size()) + " trits but got " +
                               llvm::Twine(count));
    for (size_t i = 0; i < array->size(); ++i)
      trits[i] = (*array)[i];
    return Error::success();
  })));
}

//===----------------------------------------------------------------------===//
// Quantizers
//===----------------------------------------------------------------------===//

bool mmlAttributeIsAQuantizer(MlirAttribute attribute) {
  return isa_and_nonnull<QuantizerAttrInterface>(unwrap(attribute));
}

MmlGranularity mmlQuantizerAttrGetGranularity(MlirAttribute quantizer) {
  return static_cast<MmlGranularity>(
      cast<QuantizerAttrInterface>(unwrap(quantizer)).getGranularity());
}

int64_t mmlQuantizerAttrGetLow(MlirAttribute quantizer) {
  return cast<QuantizerAttrInterface>(unwrap(quantizer)).getRange().first;
}

int64_t mmlQuantizerAttrGetHigh(MlirAttribute quantizer) {
  return cast<QuantizerAttrInterface>(unwrap(quantizer)).getRange().second;
}

MlirType mmlQuantizerAttrGetType(MlirAttribute quantizer) {
  return wrap(
      cast<QuantizerAttrInterface>(unwrap(quantizer)).getQuantizedType());
}

/// `value` as attributes hold it.
static FloatAttr getDouble(MLIRContext *context, double value) {
  return FloatAttr::get(Float64Type::get(context), value);
}

/// The quantizer that `get` makes in `context`, of what `per` is to the
/// dialect; an error is what it reports.
static MlirAttribute getQuantizer(
    MlirContext context, MmlGranularity per, MmlErrorHandler onError,
    llvm::function_ref<Attribute(
        MLIRContext *, function_ref<InFlightDiagnostic()>, Granularity)>
        get) {
  return getAttribute(
      context, onError,
      [&](MLIRContext *loaded,
          function_ref<InFlightDiagnostic()> emitError) -> Attribute {
        // C holds any number.
        std::optional<Granularity> granularity =
            symbolizeGranularity(static_cast<uint32_t>(per));
        if (granularity)
          return get(loaded, emitError, *granularity);
        emitError() << "expected a granularity but got "
                    << static_cast<int>(per);
        return Attribute();
      });
}

MlirAttribute mmlAbsMaxAttrGet(MlirContext context, int64_t low, int64_t high,
                               double epsilon, double limit, MmlGranularity per,
                               MmlErrorHandler onError) {
  return getQuantizer(
      context, per, onError,
      [&](MLIRContext *loaded, function_ref<InFlightDiagnostic()> emitError,
          Granularity granularity) {
        return AbsMaxAttr::getChecked(
            emitError, loaded, static_cast<Type>(IntegerType::get(loaded, 8)),
            low, high, getDouble(loaded, epsilon), getDouble(loaded, limit),
            granularity);
      });
}

MlirAttribute mmlAbsMeanAttrGet(MlirContext context, double epsilon,
                                double limit, MmlGranularity per,
                                MmlErrorHandler onError) {
  return getQuantizer(
      context, per, onError,
      [&](MLIRContext *loaded, function_ref<InFlightDiagnostic()> emitError,
          Granularity granularity) {
        return AbsMeanAttr::getChecked(emitError, loaded,
                                       getDouble(loaded, epsilon),
                                       getDouble(loaded, limit), granularity);
      });
}

static MlirAttribute getThreshold(MlirContext context,
                                  std::optional<double> factor,
                                  std::optional<double> value,
                                  MmlGranularity per, MmlErrorHandler onError) {
  return getQuantizer(
      context, per, onError,
      [&](MLIRContext *loaded, function_ref<InFlightDiagnostic()> emitError,
          Granularity granularity) {
        auto toAttr = [&](std::optional<double> number) {
          return number ? getDouble(loaded, *number) : FloatAttr();
        };
        return ThresholdAttr::getChecked(emitError, loaded, toAttr(factor),
                                         toAttr(value), granularity);
      });
}

MlirAttribute mmlThresholdAttrGetFactor(MlirContext context, double factor,
                                        MmlGranularity per,
                                        MmlErrorHandler onError) {
  return getThreshold(context, factor, std::nullopt, per, onError);
}

MlirAttribute mmlThresholdAttrGetValue(MlirContext context, double value,
                                       MmlGranularity per,
                                       MmlErrorHandler onError) {
  return getThreshold(context, std::nullopt, value, per, onError);
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

MlirAttribute mmlLayoutAttrGet(MlirContext context, MmlLayout layout,
                               int64_t rows, MmlErrorHandler onError) {
  return getAttribute(
      context, onError,
      [&](MLIRContext *loaded,
          function_ref<InFlightDiagnostic()> emitError) -> Attribute {
        switch (layout) {
        case MmlLayoutTiled:
          return TiledLayoutAttr::getChecked(emitError, loaded, rows);
        case MmlLayoutDot:
        case MmlLayoutMixed:
          return DotLayoutAttr::getChecked(emitError, loaded, rows,
                                           /*mixed=*/layout == MmlLayoutMixed);
        case MmlLayoutLookup:
          return LookupLayoutAttr::getChecked(emitError, loaded, rows);
        case MmlLayoutWordLookup:
          return WordLookupLayoutAttr::getChecked(emitError, loaded, rows);
        }
        emitError() << "expected a layout but got " << static_cast<int>(layout);
        return Attribute();
      });
}

bool mmlAttributeIsALayout(MlirAttribute attribute) {
  return isa_and_nonnull<LayoutAttrInterface>(unwrap(attribute));
}

MlirAttribute mmlTritsAttrWithLayout(MlirAttribute trits, MlirAttribute layout,
                                     MmlErrorHandler onError) {
  return guard<MlirAttribute>(onError, [&]() -> Expected<MlirAttribute> {
    Expected<TritsAttr> attr = getTrits(trits);
    if (!attr)
      return attr.takeError();
    auto target = dyn_cast_or_null<LayoutAttrInterface>(unwrap(layout));
    if (!target)
      return createStringError("expected a layout");
    // Where the layout does not take the shape, its verifier says why.
    FailureOr<TritsAttr> result = failure();
    Error error =
        attempt(attr->getContext(), "the attribute does not hold trits", [&] {
          auto verifiable = dyn_cast<VerifiableTensorEncoding>(unwrap(layout));
          RankedTensorType type = attr->getType();
          if (verifiable &&
              failed(verifiable.verifyEncoding(
                  type.getShape(), type.getElementType(), [&] {
                    return emitError(UnknownLoc::get(attr->getContext()));
                  })))
            return failure();
          result = attr->withLayout(target, attr->getResourceName("trits"));
          return success(succeeded(result));
        });
    if (error)
      return std::move(error);
    return wrap(static_cast<Attribute>(*result));
  });
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

MlirAttribute mmlActivationAttrGet(MlirContext context, MlirStringRef name,
                                   MmlErrorHandler onError) {
  return getAttribute(
      context, onError,
      [&](MLIRContext *loaded,
          function_ref<InFlightDiagnostic()> emitError) -> Attribute {
        std::optional<::mml::ternary::Activation> kind =
            ::mml::ternary::parseActivation(unwrap(name));
        if (!kind) {
          emitError() << llvm::toString(
              ::mml::ternary::makeUnknownActivationError(unwrap(name)));
          return Attribute();
        }
        FailureOr<ActivationAttr> attr =
            ActivationAttr::get(emitError, loaded, *kind, {});
        return succeeded(attr) ? *attr : ActivationAttr();
      });
}

MlirAttribute mmlEquationAttrGet(MlirContext context, MlirStringRef equation,
                                 MmlErrorHandler onError) {
  return guard<MlirAttribute>(onError, [&]() -> Expected<MlirAttribute> {
    Expected<MLIRContext *> loaded = load(context);
    if (!loaded)
      return loaded.takeError();
    Expected<::mml::einsum::Equation> parsed =
        ::mml::einsum::Equation::parse(unwrap(equation));
    if (!parsed)
      return parsed.takeError();
    return wrap(static_cast<Attribute>(EquationAttr::get(*loaded, *parsed)));
  });
}
