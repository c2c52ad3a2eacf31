//===- KerasFile.cpp - Model files made in tests --------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KerasFile.h"
#include "mml/Ternary/Formats.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <zip.h>

using namespace llvm;
using namespace mml::import;
using namespace mml::import::test;

//===----------------------------------------------------------------------===//
// Containers
//===----------------------------------------------------------------------===//

std::string mml::import::test::makeZip(
    ArrayRef<std::pair<std::string, std::string>> entries, bool deflate) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *memory = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(memory);
  zip_t *archive = zip_open_from_source(memory, ZIP_TRUNCATE, &error);
  for (const auto &[name, content] : entries) {
    zip_source_t *source =
        zip_source_buffer(archive, content.data(), content.size(), 0);
    zip_int64_t index =
        zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    zip_set_file_compression(archive, index,
                             deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
  }
  EXPECT_EQ(zip_close(archive), 0);
  zip_stat_t stat;
  zip_source_stat(memory, &stat);
  std::string bytes(stat.size, '\0');
  zip_source_open(memory);
  zip_source_read(memory, bytes.data(), bytes.size());
  zip_source_close(memory);
  zip_source_free(memory);
  zip_error_fini(&error);
  return bytes;
}

namespace {
/// What to write for a dataset's values.
struct WriteValues {
  hid_t file;
  hid_t links;
  const std::string &path;
  const Shape &shape;

  void write(hid_t fileType, hid_t memoryType, const void *values) {
    SmallVector<hsize_t, 4> dims(shape.begin(), shape.end());
    hid_t space = H5Screate_simple(dims.size(), dims.data(), nullptr);
    hid_t dataset = H5Dcreate2(file, path.c_str(), fileType, space, links,
                               H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(dataset, 0);
    if (values)
      H5Dwrite(dataset, memoryType, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(dataset);
    H5Sclose(space);
  }

  /// Another type: 16-bit integers.
  void operator()(std::monostate) {
    std::vector<int16_t> values(64);
    write(H5T_STD_I16LE, H5T_NATIVE_INT16, values.data());
  }
  void operator()(const std::vector<double> &values) {
    write(H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data());
  }
  void operator()(const std::vector<float> &values) {
    write(H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, values.data());
  }
  void operator()(const std::vector<uint8_t> &values) {
    write(H5T_STD_U8LE, H5T_NATIVE_UINT8, values.data());
  }
  void operator()(const std::vector<int32_t> &values) {
    write(H5T_STD_I32LE, H5T_NATIVE_INT32, values.data());
  }
  void operator()(const std::vector<int64_t> &values) {
    write(H5T_STD_I64LE, H5T_NATIVE_INT64, values.data());
  }
};
} // namespace

std::string mml::import::test::makeHdf5(
    const std::map<std::string, Hdf5Dataset> &datasets) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, /*backing_store=*/0);
  hid_t file = H5Fcreate("test.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  for (const auto &[path, dataset] : datasets)
    std::visit(WriteValues{file, links, path, dataset.shape}, dataset.values);
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  std::string image(H5Fget_file_image(file, nullptr, 0), '\0');
  H5Fget_file_image(file, image.data(), image.size());
  H5Pclose(links);
  H5Fclose(file);
  H5Pclose(access);
  return image;
}

Hdf5Dataset mml::import::test::makeFloats(Shape shape, float value) {
  size_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return makeFloats(std::move(shape), std::vector<float>(count, value));
}

Hdf5Dataset mml::import::test::makeFloats(Shape shape,
                                          std::vector<float> values) {
  return {std::move(shape), std::move(values)};
}

Hdf5Dataset mml::import::test::makeBytes(std::vector<uint8_t> values) {
  return {{static_cast<int64_t>(values.size())}, std::move(values)};
}

Hdf5Dataset mml::import::test::makeInts(std::vector<int64_t> values) {
  return {{static_cast<int64_t>(values.size())}, std::move(values)};
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

void KerasFile::replace(StringRef from, StringRef to) {
  size_t at = config.find(from);
  ASSERT_NE(at, std::string::npos) << from.str() << " is not in " << config;
  ASSERT_EQ(config.find(from, at + 1), std::string::npos)
      << from.str() << " is in the config twice";
  config.replace(at, from.size(), to.str());
}

void KerasFile::addDenseMML(StringRef path, int64_t depth, int64_t units,
                            bool useBias) {
  std::vector<int8_t> trits;
  for (int64_t i = 0; i < depth * units; ++i)
    trits.push_back(static_cast<int8_t>(1 - i % 3));
  auto array = cantFail(ternary::TritArray::fromTrits(trits));
  std::string base = path.str();
  datasets[base + "/vars/kernel_encoded"] =
      makeBytes(ternary::encodeKerasMML(array));
  datasets[base + "/vars/kernel_shape"] = makeInts({depth, units});
  datasets[base + "/vars/kernel_scale"] = makeFloats({}, 2.0f);
  if (useBias)
    datasets[base + "/vars/bias"] = makeFloats({units});
  datasets[base + "/_activation_norm/vars/0"] = makeFloats({depth}, 1.0f);
}

std::string KerasFile::pack() const {
  return makeZip({{"metadata.json", metadata},
                  {"config.json", config},
                  {"model.weights.h5", makeHdf5(datasets)}});
}

static constexpr StringLiteral
    policyJson(R"({"module": "keras", "class_name": "DTypePolicy", )"
               R"("config": {"name": "float32"}, "registered_name": null})");

static bool isOfKerasMML(StringRef className) {
  return className.ends_with("MML") || className == "RMSNorm" ||
         className.starts_with("Patch");
}

std::string mml::import::test::layerJson(StringRef className, StringRef name,
                                         StringRef options, StringRef entry) {
  bool isMML = isOfKerasMML(className);
  std::string registered =
      isMML ? ("\"keras_mml>" + className + "\"").str() : "null";
  return (Twine("{\"module\": \"") +
          (isMML ? "keras_mml.layers" : "keras.layers") +
          "\", \"class_name\": \"" + className + "\", \"config\": {" + options +
          "\"name\": \"" + name + "\", \"trainable\": true, \"dtype\": " +
          policyJson + "}, \"registered_name\": " + registered +
          ", \"name\": \"" + name + "\"" + entry + "}")
      .str();
}

std::string mml::import::test::inputJson(StringRef name, StringRef batchShape,
                                         StringRef dtype, StringRef entry) {
  return (Twine("{\"module\": \"keras.layers\", \"class_name\": "
                "\"InputLayer\", \"config\": {\"batch_shape\": ") +
          batchShape + ", \"dtype\": \"" + dtype +
          "\", \"sparse\": false, \"ragged\": false, \"name\": \"" + name +
          "\"}, \"registered_name\": null, \"name\": \"" + name + "\"" + entry +
          "}")
      .str();
}

std::string
mml::import::test::callsJson(std::vector<std::vector<std::string>> calls,
                             StringRef kwargs) {
  auto tensor = [](const std::string &history) {
    return "{\"class_name\": \"__keras_tensor__\", \"config\": "
           "{\"keras_history\": " +
           history + "}}";
  };
  std::vector<std::string> nodes;
  for (const std::vector<std::string> &call : calls) {
    std::vector<std::string> tensors(map_range(call, tensor).begin(),
                                     map_range(call, tensor).end());
    std::string joined = join(tensors, ", ");
    if (call.size() != 1)
      joined = "[" + joined + "]";
    nodes.push_back("{\"args\": [" + joined + "], \"kwargs\": " + kwargs.str() +
                    "}");
  }
  return ", \"inbound_nodes\": [" + join(nodes, ", ") + "]";
}

std::string mml::import::test::sequentialJson(std::vector<std::string> layers,
                                              StringRef name) {
  return "{\"module\": \"keras\", \"class_name\": \"Sequential\", \"config\": "
         "{\"name\": \"" +
         name.str() +
         "\", \"trainable\": true, \"dtype\": \"float32\", "
         "\"layers\": [" +
         join(layers, ", ") + "]}, \"registered_name\": null}";
}

std::string mml::import::test::functionalJson(std::vector<std::string> layers,
                                              StringRef inputs,
                                              StringRef outputs, StringRef name,
                                              StringRef entry) {
  return (Twine("{\"module\": \"keras.src.models.functional\", "
                "\"class_name\": \"Functional\", \"config\": {\"name\": \"") +
          name + "\", \"trainable\": true, \"layers\": [" + join(layers, ", ") +
          "], \"input_layers\": " + inputs + ", \"output_layers\": " + outputs +
          "}, \"registered_name\": \"Functional\", \"name\": \"" + name + "\"" +
          entry + "}")
      .str();
}

KerasFile mml::import::test::makeDenseFile() {
  KerasFile file;
  file.config = sequentialJson(
      {inputJson("in", "[null, 20]"),
       layerJson("DenseMML", "first",
                 R"("units": 8, "use_bias": true, "activation": "relu", )"
                 R"("kernel_initializer": "zeros", )"),
       layerJson("Dense", "second",
                 R"("units": 3, "activation": "linear", )")});
  file.addDenseMML("layers/dense_mml", 20, 8);
  file.datasets["layers/dense/vars/0"] = makeFloats({8, 3});
  file.datasets["layers/dense/vars/1"] = makeFloats({3});
  return file;
}

KerasFile mml::import::test::makeLayerFile(StringRef batchShape,
                                           StringRef className,
                                           StringRef options, StringRef dtype) {
  KerasFile file;
  file.config = sequentialJson({inputJson("in", batchShape, dtype),
                                layerJson(className, "layer", options)});
  return file;
}

Expected<Model> mml::import::test::readBytes(StringRef bytes,
                                             const Limits &limits) {
  return readKeras(MemoryBufferRef(bytes, "m.keras"), limits);
}

//===----------------------------------------------------------------------===//
// Test data
//===----------------------------------------------------------------------===//

std::string mml::import::test::readTestData(StringRef path) {
  auto buffer = MemoryBuffer::getFile(Twine(MML_TEST_DATA) + "/" + path);
  EXPECT_TRUE(bool(buffer)) << path.str();
  return buffer ? (*buffer)->getBuffer().str() : "";
}

NpyArray mml::import::test::readNpy(StringRef path) {
  std::string bytes = readTestData(path);
  NpyArray array;
  StringRef text = bytes;
  uint16_t headerBytes =
      static_cast<uint8_t>(bytes[8]) | static_cast<uint8_t>(bytes[9]) << 8;
  StringRef header = text.substr(10, headerBytes);
  array.dtype = header.split("'descr': '").second.split('\'').first.str();
  StringRef shape = header.split("'shape': (").second.split(')').first;
  SmallVector<StringRef> sizes;
  shape.split(sizes, ',', -1, /*KeepEmpty=*/false);
  for (StringRef size : sizes) {
    int64_t number;
    EXPECT_FALSE(size.trim().getAsInteger(10, number));
    array.shape.push_back(number);
  }
  if (array.dtype == "<f4") {
    StringRef data = text.drop_front(10 + headerBytes);
    array.values.resize(data.size() / sizeof(float));
    std::memcpy(array.values.data(), data.data(), data.size());
  }
  return array;
}
