//===- Main.cpp - mml-bench-gpu: ternary layers on a GPU ------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Times contractions with trits and layers around them on the first GPU, beside
// what the GPU could do at best and, where CUDA's toolkit was found, cuBLASLt.
// All times are those of the GPU's own clock between the first kernel and the
// last one of a call, which goes through sets of weights that no cache keeps,
// as far as --most-layers have so many bytes. benchmarks/gpu.sh runs it.
//
//===----------------------------------------------------------------------===//

#include "../Models.h"
#include "../Plan.h"
#include "Peaks.h"
#ifdef MML_BENCH_CUBLASLT
#include "CublasLt.h"
#endif

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

using namespace mml::bench;
using llvm::Error;
using llvm::Expected;
using llvm::formatv;
using llvm::StringRef;
using mml::cuda::Runtime;
namespace cl = llvm::cl;

static cl::OptionCategory category("Options of mml-bench-gpu");
static cl::list<std::string>
    shapes("shapes",
           cl::desc("Shapes, outputs x depth (default: those of mml-bench)"),
           cl::value_desc("MxK,..."), cl::CommaSeparated, cl::cat(category));
static cl::list<int64_t> batches("batches",
                                 cl::desc("Batches (default: 1 to 512)"),
                                 cl::value_desc("N,..."), cl::CommaSeparated,
                                 cl::cat(category));
static cl::opt<unsigned> repetitions("repetitions",
                                     cl::desc("Repetitions (default: 9)"),
                                     cl::init(9), cl::cat(category));
static cl::opt<unsigned>
    mebibytes("mebibytes",
              cl::desc("The least weights that a call goes through, in MiB "
                       "(default: 128)"),
              cl::init(128), cl::cat(category));
static cl::opt<unsigned>
    mostLayers("most-layers",
               cl::desc("The most layers of a call (default: 128)"),
               cl::init(128), cl::cat(category));
static cl::opt<bool> noPeaks("no-peaks",
                             cl::desc("Do not measure the GPU itself before"),
                             cl::cat(category));
static cl::opt<std::string> output("output",
                                   cl::desc("A file for the figures, as JSON"),
                                   cl::value_desc("file"), cl::cat(category));

/// Layers of a call. Small ones are so many that most of its time is launches,
/// and their weights still fit a cache: then others get no more sets than we.
static int64_t getLayers(Shape shape) {
  // Trits have two bits.
  return std::min(
      int64_t(mostLayers),
      int64_t(llvm::divideCeil(uint64_t(mebibytes) << 20,
                               uint64_t(shape.getWeights()) / 4 + 1)));
}

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "mml-bench-gpu") << message << '\n';
  return 1;
}

namespace {

/// Seconds of one product or layer; nothing where it could not be measured.
struct Row {
  Shape shape;
  int64_t batch;
  std::optional<double> contraction, layer, int8, half;

  double getOperations() const { return 2.0 * batch * shape.getWeights(); }
};

/// A model of `getLayers` layers, for any batch.
class Contender {
public:
  static Expected<Contender> compile(Form form, Shape shape, Runtime &runtime) {
    Variant variant;
    variant.form = form;
    variant.shape = shape;
    variant.layers = getLayers(shape);
    variant.gpu = &runtime;
    Contender contender;
    auto model = Model::create(variant);
    if (!model)
      return model.takeError();
    contender.model = std::move(*model);
    if (Error error = contender.model->finish())
      return std::move(error);
    return contender;
  }

  /// Seconds of a layer: the median of calls, after the answer was compared
  /// with the right one.
  Expected<double> time(int64_t batch) {
    if (Error error = model->setBatch(batch))
      return std::move(error);
    if (Error error = model->check(/*threads=*/1))
      return std::move(error);
    llvm::SmallVector<double> seconds;
    for (unsigned i = 0; i < 2 + repetitions; ++i) {
      if (Error error = model->call())
        return std::move(error);
      if (i >= 2)
        seconds.push_back(*model->getEngine().getKernelSeconds());
    }
    return mml::engine::getMedian(seconds) / model->getVariant().layers;
  }

private:
  std::unique_ptr<Model> model;
};

} // namespace

static std::string show(std::optional<double> seconds) {
  return seconds ? formatv("{0:F1}", *seconds * 1e6).str() : "-";
}

static std::string showRatio(std::optional<double> theirs,
                             std::optional<double> ours) {
  return theirs && ours ? formatv("{0:F2}", *theirs / *ours).str() : "-";
}

static void printHead(const Runtime &runtime, const GPUPeaks &peaks) {
  llvm::outs() << runtime.getDeviceName() << ", sm_" << runtime.getChip();
  if (!noPeaks)
    llvm::outs() << formatv(": reads {0:F0} GB/s", peaks.bytesPerSecond * 1e-9);
  if (peaks.productsPerSecond > 0)
    llvm::outs() << formatv(", mma.sync s8 {0:F0} TOP/s",
                            peaks.productsPerSecond * 1e-12);
  llvm::outs() << "\nMicroseconds a product; ratios are theirs to ours.\n"
               << formatv("{0,-12}{1,6}{2,10}{3,8}{4,8}{5,8}{6,8}{7,10}{8,8}{9,"
                          "8}{10,8}{11,8}\n",
                          "shape", "N", "product", "TOP/s", "GB/s", "/read",
                          "/mma", "layer", "int8", "x", "f16", "x");
}

static void printRow(const Row &row, const GPUPeaks &peaks) {
  std::string rate = "-", bytes = "-", read = "-", mma = "-";
  if (row.contraction) {
    double operations = row.getOperations() / *row.contraction;
    // Two bits a weight.
    double perSecond = row.shape.getWeights() / 4.0 / *row.contraction;
    rate = formatv("{0:F1}", operations * 1e-12);
    bytes = formatv("{0:F0}", perSecond * 1e-9);
    if (peaks.bytesPerSecond > 0)
      read = formatv("{0:F2}", perSecond / peaks.bytesPerSecond);
    if (peaks.productsPerSecond > 0)
      mma = formatv("{0:F2}", operations / peaks.productsPerSecond);
  }
  llvm::outs() << formatv(
      "{0,-12}{1,6}{2,10}{3,8}{4,8}{5,8}{6,8}{7,10}{8,8}{9,8}{10,8}{11,8}\n",
      row.shape.str(), row.batch, show(row.contraction), rate, bytes, read, mma,
      show(row.layer), show(row.int8), showRatio(row.int8, row.contraction),
      show(row.half), showRatio(row.half, row.contraction));
  llvm::outs().flush();
}

static Error write(llvm::ArrayRef<Row> rows, const GPUPeaks &peaks,
                   const Runtime &runtime) {
  std::error_code code;
  llvm::ToolOutputFile file(output, code, llvm::sys::fs::OF_Text);
  if (code)
    return llvm::createStringError(code, output + ": " + code.message());
  llvm::json::OStream json(file.os(), 1);
  json.object([&] {
    json.attribute("device", runtime.getDeviceName());
    json.attribute("chip", runtime.getChip());
    json.attribute("read_bytes_per_second", peaks.bytesPerSecond);
    json.attribute("mma_operations_per_second", peaks.productsPerSecond);
    json.attributeArray("rows", [&] {
      for (const Row &row : rows)
        json.object([&] {
          json.attribute("outputs", row.shape.outputs);
          json.attribute("depth", row.shape.depth);
          json.attribute("batch", row.batch);
          for (auto [name, seconds] :
               {std::pair("contraction_seconds", row.contraction),
                std::pair("layer_seconds", row.layer),
                std::pair("cublaslt_int8_seconds", row.int8),
                std::pair("cublaslt_f16_seconds", row.half)})
            if (seconds)
              json.attribute(name, *seconds);
        });
    });
  });
  file.os() << '\n';
  file.os().flush();
  if (file.os().has_error()) {
    std::error_code failed = file.os().error();
    file.os().clear_error();
    return llvm::createStringError(failed, output + ": " + failed.message());
  }
  file.keep();
  return Error::success();
}

/// Measures all batches of a shape. What fails is said, and is a dash in the
/// table. Whether all of ours could be measured.
static bool measure(Shape shape, llvm::ArrayRef<int64_t> batches,
                    Runtime &runtime, const GPUPeaks &peaks,
                    std::vector<Row> &rows) {
  bool isComplete = true;
  auto take = [&](Expected<double> seconds,
                  const llvm::Twine &what) -> std::optional<double> {
    if (seconds)
      return *seconds;
    isComplete = false;
    fail(shape.str() + ", " + what + ": " +
         llvm::toString(seconds.takeError()));
    return std::nullopt;
  };
  std::optional<Contender> contenders[2];
  for (Form form : {Form::Contraction, Form::Layer}) {
    Expected<Contender> compiled = Contender::compile(form, shape, runtime);
    if (compiled)
      contenders[form == Form::Layer] = std::move(*compiled);
    else
      take(compiled.takeError(), getName(form));
  }
  for (int64_t batch : batches) {
    Row row{shape, batch, {}, {}, {}, {}};
    for (Form form : {Form::Contraction, Form::Layer})
      if (auto &contender = contenders[form == Form::Layer])
        (form == Form::Layer ? row.layer : row.contraction) =
            take(contender->time(batch),
                 getName(form) + " of " + llvm::Twine(batch));
#ifdef MML_BENCH_CUBLASLT
    for (Precision precision : {Precision::Int8, Precision::Half}) {
      // Sets of weights as many as have the bytes, but no more than we have.
      int64_t bytes = precision == Precision::Int8 ? 1 : 2;
      size_t most = getLayers(shape) * shape.getWeights() * bytes;
      auto time =
          timeCublasLt(precision, shape, batch,
                       std::min(size_t(mebibytes) << 20, most), repetitions);
      // Not all shapes are possible there.
      if (time)
        (precision == Precision::Int8 ? row.int8 : row.half) = time->seconds;
      else
        llvm::errs() << shape.str() << ", " << batch << ": "
                     << llvm::toString(time.takeError()) << '\n';
    }
#endif
    printRow(row, peaks);
    rows.push_back(row);
  }
  return isComplete;
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(
      argc, argv, "mml-bench-gpu: ternary layers beside the limits of a GPU\n");
  std::vector<Shape> plan;
  for (const std::string &text : shapes) {
    Expected<Shape> shape = parseShape(text);
    if (!shape)
      return fail(llvm::toString(shape.takeError()));
    plan.push_back(*shape);
  }
  if (plan.empty())
    plan = getAllShapes().vec();
  std::vector<int64_t> sizes(batches.begin(), batches.end());
  for (int64_t batch : sizes)
    if (batch < 1 || batch > (1 << 20))
      return fail("expected a batch from 1 to 1048576 but got " +
                  llvm::Twine(batch));
  if (sizes.empty())
    sizes = getAllBatches().vec();
  if (repetitions < 1 || repetitions > 1000 || mebibytes < 1 ||
      mebibytes > 4096 || mostLayers < 1 || mostLayers > 1024)
    return fail("expected 1 to 1000 repetitions, 1 to 4096 MiB and 1 to 1024 "
                "layers");

  std::string message;
  std::unique_ptr<Runtime> runtime = Runtime::create(message);
  if (!runtime)
    return fail(message);
  Expected<GPUPeaks> peaks =
      noPeaks ? GPUPeaks()
              : measurePeaks(*runtime, size_t(mebibytes) << 23, repetitions);
  if (!peaks)
    return fail(llvm::toString(peaks.takeError()));
  printHead(*runtime, *peaks);
  std::vector<Row> rows;
  bool isComplete = true;
  for (Shape shape : plan)
    isComplete &= measure(shape, sizes, *runtime, *peaks, rows);
  if (!output.empty())
    if (Error error = write(rows, *peaks, *runtime))
      return fail(llvm::toString(std::move(error)));
  return isComplete ? 0 : 1;
}
