//===- Hdf5FileTest.cpp - Tests of HDF5 files -----------------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mml/Import/Hdf5File.h"
#include "KerasFile.h"
#include "llvm/ADT/STLExtras.h"
#include <gtest/gtest.h>
#include <hdf5.h>

using namespace llvm;
using namespace mml::import;
using namespace mml::import::test;

static Expected<Hdf5File> readImage(StringRef image,
                                    const Limits &limits = Limits()) {
  return Hdf5File::read(image, {"optimizer"}, limits);
}

/// An HDF5 file that `fill` writes into.
static std::string makeImage(function_ref<void(hid_t file)> fill) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, /*backing_store=*/0);
  hid_t file = H5Fcreate("test.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  fill(file);
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  std::string image(H5Fget_file_image(file, nullptr, 0), '\0');
  H5Fget_file_image(file, image.data(), image.size());
  H5Fclose(file);
  H5Pclose(access);
  return image;
}

/// A dataset `x` of floats with these properties of creation.
static void addDataset(hid_t file, ArrayRef<hsize_t> dims, hid_t properties,
                       bool write = true) {
  hid_t space = H5Screate_simple(dims.size(), dims.data(), nullptr);
  hid_t dataset = H5Dcreate2(file, "x", H5T_IEEE_F32BE, space, H5P_DEFAULT,
                             properties, H5P_DEFAULT);
  ASSERT_GE(dataset, 0);
  size_t count = 1;
  for (hsize_t size : dims)
    count *= size;
  if (write) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; ++i)
      values[i] = static_cast<float>(i);
    H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
             values.data());
  }
  H5Dclose(dataset);
  H5Sclose(space);
}

TEST(Hdf5FileTest, ReadsDatasets) {
  std::string image = makeHdf5({{"a/b/0", makeFloats({2, 3}, 1.5f)},
                                {"a/b/1", makeBytes({1, 2, 255})},
                                {"a/c", makeInts({-1, 1ll << 40})},
                                {"d", makeFloats({}, 7.0f)},
                                {"e", makeFloats({0, 5}, std::vector<float>())},
                                {"f", {{64}, std::monostate()}},
                                {"g", {{2}, std::vector<double>{0.1, -1e300}}},
                                {"optimizer/0", makeFloats({100})}});
  Expected<Hdf5File> file = readImage(image);
  ASSERT_TRUE(bool(file)) << toString(file.takeError());
  EXPECT_EQ(file->remaining("a"), "a/b/0");
  std::optional<Hdf5Dataset> dataset = file->take("a/b/0");
  ASSERT_TRUE(dataset);
  EXPECT_EQ(dataset->shape, Shape({2, 3}));
  EXPECT_EQ(std::get<std::vector<float>>(dataset->values),
            std::vector<float>(6, 1.5f));
  EXPECT_FALSE(file->take("a/b/0"));
  EXPECT_FALSE(file->take("a/b"));
  EXPECT_EQ(std::get<std::vector<uint8_t>>(file->take("a/b/1")->values),
            (std::vector<uint8_t>{1, 2, 255}));
  EXPECT_EQ(std::get<std::vector<int64_t>>(file->take("a/c")->values),
            (std::vector<int64_t>{-1, 1ll << 40}));
  EXPECT_EQ(file->remaining("a"), std::nullopt);
  EXPECT_EQ(std::get<std::vector<float>>(file->take("d")->values),
            std::vector<float>{7.0f});
  EXPECT_EQ(file->take("e")->shape, Shape({0, 5}));
  EXPECT_EQ(hdf5TypeName(*file->take("f")), "another type");
  EXPECT_TRUE(file->contains("g"));
  EXPECT_EQ(file->remaining(""), "g");
  EXPECT_EQ(std::get<std::vector<double>>(file->take("g")->values),
            (std::vector<double>{0.1, -1e300}));
  EXPECT_FALSE(file->contains("g"));
  EXPECT_EQ(file->remaining(""), std::nullopt);
  EXPECT_FALSE(file->take("optimizer/0"));
}

TEST(Hdf5FileTest, ReadsChunksAndFilters) {
  std::string image = makeImage([](hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[] = {4, 5};
    H5Pset_chunk(properties, 2, chunk);
    H5Pset_shuffle(properties);
    H5Pset_deflate(properties, 5);
    H5Pset_fletcher32(properties);
    addDataset(file, {10, 13}, properties);
    H5Pclose(properties);
  });
  Expected<Hdf5File> file = readImage(image);
  ASSERT_TRUE(bool(file)) << toString(file.takeError());
  const auto values = std::get<std::vector<float>>(file->take("x")->values);
  ASSERT_EQ(values.size(), 130u);
  EXPECT_EQ(values[129], 129.0f);
}

TEST(Hdf5FileTest, RefusesChunksThatAreNotThere) {
  std::string image = makeImage([](hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[] = {4};
    H5Pset_chunk(properties, 1, chunk);
    addDataset(file, {10}, properties, /*write=*/false);
    H5Pclose(properties);
  });
  EXPECT_EQ(errorOf(readImage(image)),
            "dataset 'x' declares 3 chunks but the file holds 0");
}

TEST(Hdf5FileTest, RefusesDataThatIsNotThere) {
  std::string image = makeImage(
      [](hid_t file) { addDataset(file, {10}, H5P_DEFAULT, /*write=*/false); });
  EXPECT_EQ(errorOf(readImage(image)),
            "dataset 'x' declares 40 bytes but the file holds 0");
}

TEST(Hdf5FileTest, RefusesExternalData) {
  std::string image = makeImage([](hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(properties, "/etc/passwd", 0, H5F_UNLIMITED);
    addDataset(file, {10}, properties, /*write=*/false);
    H5Pclose(properties);
  });
  EXPECT_EQ(errorOf(readImage(image)),
            "dataset 'x' keeps its data in another file");
}

TEST(Hdf5FileTest, RefusesOtherLinks) {
  std::string soft = makeImage([](hid_t file) {
    H5Lcreate_soft("/a", file, "b", H5P_DEFAULT, H5P_DEFAULT);
  });
  EXPECT_EQ(errorOf(readImage(soft)),
            "link 'b' is not a hard link, which is not supported");
  std::string external = makeImage([](hid_t file) {
    H5Lcreate_external("/tmp/x.h5", "/a", file, "b", H5P_DEFAULT, H5P_DEFAULT);
  });
  EXPECT_EQ(errorOf(readImage(external)),
            "link 'b' is not a hard link, which is not supported");
}

TEST(Hdf5FileTest, RefusesGroupsInThemselves) {
  std::string image = makeImage([](hid_t file) {
    hid_t group = H5Gcreate2(file, "g", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (const char *name : {"g0", "g1"})
      H5Lcreate_hard(file, "g", group, name, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
  });
  EXPECT_EQ(errorOf(readImage(image)), "groups nest deeper than 64 levels");
}

TEST(Hdf5FileTest, RefusesHighRanks) {
  std::string image =
      makeHdf5({{"x", makeFloats({1, 1, 1, 1, 1, 1, 1, 1, 1}, 0.0f)}});
  EXPECT_EQ(errorOf(readImage(image)),
            "dataset 'x' has rank 9, expected at most 8");
}

TEST(Hdf5FileTest, HonoursLimits) {
  std::string image =
      makeHdf5({{"a", makeFloats({1000})}, {"b", makeFloats({1000})}});
  Limits limits;
  limits.expansion = 0;
  limits.freeBytes = 7999;
  EXPECT_EQ(errorOf(readImage(image, limits)),
            "dataset 'b' of 4000 bytes is above what the limit of 7999 bytes "
            "for the whole file leaves");
  limits = Limits();
  limits.hdf5Objects = 1;
  EXPECT_EQ(errorOf(readImage(image, limits)),
            "the file has more than 1 objects");
}

TEST(Hdf5FileTest, RefusesLargeChunks) {
  std::string image = makeImage([](hid_t file) {
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t chunk[] = {100 << 20};
    hsize_t dims[] = {4}, most[] = {H5S_UNLIMITED};
    H5Pset_chunk(properties, 1, chunk);
    H5Pset_deflate(properties, 1);
    hid_t space = H5Screate_simple(1, dims, most);
    hid_t dataset = H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT,
                               properties, H5P_DEFAULT);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(properties);
  });
  EXPECT_EQ(errorOf(readImage(image)),
            "dataset 'x' has chunks above the limit of 67108864 bytes");
}

TEST(Hdf5FileTest, RefusesWhatIsNotHdf5) {
  for (StringRef image : {"", "no", "\x89HDF\r\n\x1a\n"})
    EXPECT_EQ(errorOf(readImage(image)), "not a readable HDF5 file");
  std::string image = makeHdf5({{"x", makeFloats({5000})}});
  for (size_t size = 1; size < image.size(); size += 97)
    EXPECT_NE(errorOf(readImage(StringRef(image).take_front(size))),
              "no error");
}
